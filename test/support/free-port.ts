import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that the kernel gives to connections and to whoever asks for any: nobody gets one of these by chance. */
const FIRST = 10_000;
const BEHIND_LAST = 32_000;
const TRIES = 50;
const given = new Set<number>();

/** A port that is free now, and given once, for programs that can't be told to choose one. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, BEHIND_LAST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`none of ${TRIES} ports between ${FIRST} and ${BEHIND_LAST} was free`);
}

/** On all addresses: what is to listen may do so on any of them. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await Promise.race([
    once(server.listen(port), 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false);
  if (isListening) {
    server.close();
    await once(server, 'close');
  }
  return isListening;
}

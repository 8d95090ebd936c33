import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Dispatcher } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { guardedAgent } from '../notify/index.ts';
import { GuardedProxy } from './guarded-proxy.ts';

let dispatcher: Dispatcher;
let proxy: GuardedProxy;
let there: Server;

beforeAll(async () => {
  dispatcher = guardedAgent({ setBy: 'administrator', connectTimeoutMs: 1000 });
  proxy = await GuardedProxy.open(dispatcher);
  there = createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1');
  await once(there, 'listening');
});

afterAll(async () => {
  proxy.close();
  there.close();
  await dispatcher.destroy();
});

/** The first line of the answer to a head, and what comes after its end. */
async function answerTo(line: string, then = ''): Promise<string> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    if (then !== '' && text.endsWith('\r\n\r\n')) socket.end(then);
  });
  socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return text;
}

const placeThere = () => `127.0.0.1:${(there.address() as AddressInfo).port}`;

it.each([
  ['CONNECT no.test:99999', 400],
  ['CONNECT no.test:-1', 400],
  ['CONNECT a%00b:1', 400],
  ['CONNECT 0:0:0:443', 400],
  ['CONNECT 169.254.169.254:80', 403],
  ['CONNECT 0xa9fea9fe:443', 403],
  ['CONNECT [::ffff:169.254.169.254]:443', 403],
  ['CONNECT 127.0.0.1:1', 502],
  ['GET http://no.test:99999/', 405],
  ['GET http:///', 405],
  ['GET file:///etc/passwd', 405],
  ['GET http://2852039166/latest/', 502],
])('answers %s with a refusal, and goes on', async (line, status) => {
  expect(await answerTo(line)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

it('lets through what may be reached', async () => {
  expect(await answerTo(`GET http://${placeThere()}/`)).toMatch(/here/);
  const asked = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  expect(await answerTo(`CONNECT ${placeThere()}`, asked)).toMatch(/ 200 [\s\S]*here/);
});

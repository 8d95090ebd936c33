import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { TooManyError } from '../../cluster/index.ts';
import { type AskElsewhere, answerFromElsewhere, mayBeElsewhere } from './elsewhere.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function answered(ask: AskElsewhere): Promise<Response> {
  const server = createServer(async (request, response) => {
    mayBeElsewhere(response, ask);
    if (!(await answerFromElsewhere(request, response))) response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

it('says what another node says, that nobody has it, or that as many wait for that as may', async () => {
  const other = await answered(async () => undefined);
  expect(other.status).toBe(404);
  expect((await answered(() => Promise.reject(new Error('gone')))).status).toBe(404);
  const busy = await answered(() => Promise.reject(new TooManyError(2)));
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await busy.json()).toMatchObject({ status: 503, code: 'BUSY' });
});

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { abortOf } from '../index.ts';
import { answerAway, PassOn, relay } from './pass-on.ts';

const cleanups: (() => unknown)[] = [];
const PEER = { address: '192.0.2.7', isSecure: true };

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A worker's front before a server on a Unix socket. */
async function fronted(server: Server): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'pass-on-'));
  const socketPath = join(folder, 'server.sock');
  const passOn = new PassOn({ worker: 3, socketPath });
  const front = createServer((request, response) => {
    passOn
      .ask({ request, peer: PEER, serves: 'hls', signal: abortOf(response) })
      .then((answered) => relay(answered, request, response))
      .catch(() => answerAway(request, response));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    passOn.close();
    for (const each of [front, server]) {
      each.closeAllConnections();
      each.close();
    }
    await rm(folder, { recursive: true });
  });
  return (front.address() as AddressInfo).port;
}

async function ask(port: number, options: Parameters<typeof httpRequest>[1], body?: string) {
  const request = httpRequest({ port, host: '127.0.0.1', agent: false, ...(options as object) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { response, body: await text(response) };
}

describe('PassOn', () => {
  it('passes fields on as they are, but for those of the connection and those of its own', async () => {
    const asked: string[][] = [];
    const port = await fronted(
      createServer((request, response) => {
        asked.push(request.rawHeaders);
        response.writeHead(206, ['X-One', '1', 'headwater-grant', 'x', 'Set-Cookie', 'a', 'Set-Cookie', 'b']);
        response.end('hello');
      }),
    );
    const headers = ['Host', 'a.test', 'X-Twice', '1', 'X-Twice', '2', 'Headwater-Offer', '1 https flv 203.0.113.5'];
    const { response, body } = await ask(port, { path: '/x?y=1', headers: [...headers, 'TE', 'trailers'] as never });
    const fields = asked[0]?.join('\n').replace(/\nConnection\n\S+/i, '');
    expect(fields).toBe('Host\na.test\nX-Twice\n1\nX-Twice\n2\nheadwater-offer\n3 https hls 192.0.2.7');
    expect({ status: response.statusCode, body, cookies: response.headers['set-cookie'] }).toEqual({
      ...{ status: 206, body: 'hello', cookies: ['a', 'b'] },
    });
    expect(response.headers['headwater-grant']).toBeUndefined();
    expect(response.headers['x-one']).toBe('1');
  });

  it('passes bodies on, and heads without any', async () => {
    const port = await fronted(
      createServer(async (request, response) => {
        const body = `${request.method} ${await text(request)}`;
        response.writeHead(200, { 'Content-Length': body.length }).end(body);
      }),
    );
    expect((await ask(port, { method: 'POST' }, 'what')).body).toBe('POST what');
    expect((await ask(port, { method: 'POST', headers: { 'content-length': 4 } }, 'what')).body).toBe('POST what');
    const { response, body } = await ask(port, { method: 'HEAD' });
    expect([response.headers['content-length'], body]).toEqual(['5', '']);
  });

  it('gives up what a viewer no longer waits for', async () => {
    const server = createServer();
    const port = await fronted(server);
    const request = httpRequest({ port, host: '127.0.0.1', agent: false }).on('error', () => undefined);
    request.end();
    const [, held] = await once(server, 'request');
    const closed = once(held, 'close');
    request.destroy();
    await closed;
  });

  it('says so where the server does not answer', async () => {
    const server = createServer((request) => request.socket.destroy());
    const { response, body } = await ask(await fronted(server), {});
    expect([response.statusCode, JSON.parse(body).code]).toEqual([503, 'SERVER_AWAY']);
  });
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendJson } from './json-answer.ts';

let server: Server;
let url: string;
let answer: object = {};

beforeAll(async () => {
  const app = express();
  app.set('etag', false);
  app.use((request, response) => sendJson(request, response, answer));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

const ask = (etag?: string, method = 'GET') =>
  fetch(url, { method, ...(etag === undefined ? {} : { headers: { 'if-none-match': etag } }) });

describe('an answer to a read', () => {
  it('has a tag, by which it is sent once while it is the same', async () => {
    answer = { a: 1 };
    const first = await ask();
    const etag = first.headers.get('etag') ?? '';
    expect(await first.json()).toEqual(answer);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(known);
      expect([known, again.status, await again.text()]).toEqual([known, 304, '']);
    }
    answer = { a: 2 };
    expect([(await ask(etag)).status, (await ask('"other"')).status]).toEqual([200, 200]);
  });

  it('is made into text again unless it is frozen', async () => {
    const changing = { a: 1 };
    answer = changing;
    await ask();
    changing.a = 2;
    expect(await (await ask()).json()).toEqual({ a: 2 });
  });

  it('of anything but a read is sent in any case', async () => {
    expect((await ask('*', 'POST')).status).toBe(200);
  });
});

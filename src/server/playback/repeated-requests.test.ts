import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FetchedAnswer, RepeatedRequests } from './repeated-requests.ts';

const FIELDS = 'Host: a.test\r\nAccept: */*\r\n';
const LARGE = 'x'.repeat(8_000_000);

let server: Server;
const clients: Socket[] = [];
/** Answers that are being fetched, until the test says that they are there. */
const fetches: (() => void)[] = [];
let releases = 0;
const accepted: Socket[] = [];

const get = (target: string, fields = FIELDS) => `GET ${target} HTTP/1.1\r\n${fields}\r\n`;

/** Later, and not for all. */
async function fetched(target: string): Promise<FetchedAnswer | undefined> {
  if (target.startsWith('/fetched/held')) await new Promise<void>((resolve) => fetches.push(resolve));
  else await new Promise<void>((resolve) => setImmediate(resolve));
  if (target.endsWith('gone')) return undefined;
  if (target.endsWith('broken')) throw new Error('the disk is broken');
  return { parts: answerOf(`fetched ${target}`), release: () => releases++ };
}

function answerOf(body: string): Buffer[] {
  return [Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), Buffer.from(body)];
}

/** Answers say who gave them and what to: `node /a`, or `short /a a.test`. */
beforeAll(async () => {
  const repeated = new RepeatedRequests({
    headOf: (request) => request.headers.host,
    answer: (target, host) => {
      if (target.startsWith('/unknown')) return undefined;
      if (target.startsWith('/failing')) throw new RangeError('no answer can be made');
      if (target.startsWith('/fetched')) return fetched(target);
      return answerOf(target === '/large' ? LARGE : `short ${target} ${host}`);
    },
  });
  server = createServer((request, response) => {
    repeated.saw(request, response);
    request.resume().on('end', () => {
      if (request.url?.startsWith('/slow')) setTimeout(() => response.end(`node ${request.url}`), 20);
      else response.end(`node ${request.url}`);
    });
  });
  server.on('connection', (socket) => {
    repeated.watch(socket);
    accepted.push(socket);
  });
  server.on('upgrade', (_request, socket) => {
    repeated.leave(socket as Socket);
    socket.on('data', (bytes) => socket.write(`echo ${bytes}`));
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterAll(() => {
  for (const client of clients) client.destroy();
  server.close();
});

class Client {
  readonly socket: Socket;
  #text = '';

  constructor() {
    this.socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true);
    this.socket
      .on('error', () => {})
      .on('data', (bytes) => {
        this.#text += bytes.toString('latin1');
      });
    clients.push(this.socket);
  }

  /** What has come so far, once `is` says yes. */
  async text(is: (text: string) => boolean): Promise<string> {
    while (!is(this.#text)) await once(this.socket, 'data');
    return this.#text;
  }

  async bodies(count: number): Promise<string[]> {
    return bodiesIn(await this.text((text) => bodiesIn(text).length >= count));
  }

  /** Sends, and waits until there are `count` answers more. */
  async ask(bytes: string, count = 1): Promise<string[]> {
    const before = bodiesIn(this.#text).length;
    this.socket.write(bytes, 'latin1');
    return (await this.bodies(before + count)).slice(before);
  }
}

/** The bodies of the whole answers in a stream of them. */
function bodiesIn(text: string): string[] {
  const bodies: string[] = [];
  for (let at = 0; ; ) {
    const bodyAt = text.indexOf('\r\n\r\n', at) + 4;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(at, bodyAt))?.[1] ?? 0);
    if (bodyAt < 4 || text.length < bodyAt + length) return bodies;
    bodies.push(text.slice(bodyAt, bodyAt + length));
    at = bodyAt + length;
  }
}

describe('RepeatedRequests', () => {
  it('answers what differs from a request before in its target alone', async () => {
    const client = new Client();
    expect(await client.ask(get('/a'))).toEqual(['node /a']);
    expect(await client.ask(get('/b?c=d'))).toEqual(['short /b?c=d a.test']);
    expect(await client.ask(get('/c'))).toEqual(['short /c a.test']);
  });

  it.each([
    ['another field', get('/b', `${FIELDS}Cookie: a\r\n`)],
    ['another order of fields', get('/b', 'Accept: */*\r\nHost: a.test\r\n')],
    ['what it has no answer to', get('/unknown')],
    ['what it fails to answer', get('/failing')],
    ['another method', get('/b').replace('GET', 'POST')],
  ])('leaves %s to node:http', async (_what, request) => {
    const client = new Client();
    await client.ask(get('/a'));
    expect((await client.ask(request))[0]).toMatch(/^node /);
  });

  it.each([
    'Range: bytes=0-1\r\n',
    'If-Range: "a"\r\n',
    'If-None-Match: *\r\n',
    'Connection: close\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
  ])('takes no example from a request with %j', async (field) => {
    const client = new Client();
    const request = get('/a', FIELDS + field) + (field.startsWith('Transfer') ? '0\r\n\r\n' : '');
    expect(await client.ask(request)).toEqual(['node /a']);
    if (!client.socket.readableEnded && !field.startsWith('Connection')) {
      expect(await client.ask(request)).toEqual(['node /a']);
    }
  });

  it('goes on with the head it knows after others', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    expect(await client.ask(get('/b', `${FIELDS}Range: bytes=0-1\r\n`))).toEqual(['node /b']);
    expect(await client.ask(`POST /p HTTP/1.1\r\n${FIELDS}Content-Length: 4\r\n\r\n\r\n\r\n`)).toEqual(['node /p']);
    expect(await client.ask(get('/c'))).toEqual(['short /c a.test']);
  });

  it('leaves two requests in one to node:http, wherever the first one hides the second', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    expect(await client.ask(get('/b') + get('/c'), 2)).toEqual(['node /b', 'node /c']);
    expect(await client.ask(get('/b?x=1') + get('/c'), 2)).toEqual(['node /b?x=1', 'node /c']);
    expect(await client.ask(get('/d'))).toEqual(['short /d a.test']);
  });

  it('does not overtake an answer that is under way', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    client.socket.write(get('/unknown'));
    expect(await client.ask(get('/slow', `${FIELDS}X: y\r\n`) + get('/b'), 3)).toEqual([
      'node /unknown',
      'node /slow',
      'node /b',
    ]);
    client.socket.write(get('/slow', `${FIELDS}X: y\r\n`));
    await once(server, 'request');
    expect(await client.ask(get('/b', `${FIELDS}X: y\r\n`), 2)).toEqual(['node /slow', 'node /b']);
  });

  it('holds one answer in memory for a viewer who does not read', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    const atServer = accepted.at(-1);
    client.socket.removeAllListeners('data').pause();
    for (let i = 0; i < 5; i++) {
      client.socket.write(get('/large'));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(atServer?.writableLength).toBeLessThan(LARGE.length + 1000);
    let answers = 0;
    let end = '';
    client.socket.on('data', (bytes) => {
      const text = end + bytes.toString('latin1');
      answers += text.split('HTTP/1.1 200 OK').length - 1;
      end = text.slice(-'HTTP/1.1 200 O'.length);
    });
    client.socket.resume();
    while (answers < 5) await once(client.socket, 'data');
  });

  it('sends what has to be fetched first, and gives its memory back once it is sent', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    releases = 0;
    expect(await client.ask(get('/fetched'))).toEqual(['fetched /fetched']);
    expect(await client.ask(get('/b'))).toEqual(['short /b a.test']);
    expect(releases).toBe(1);
  });

  it.each(['gone', 'broken'])('leaves to node:http what turns out to be %s', async (what) => {
    const client = new Client();
    await client.ask(get('/a'));
    expect(await client.ask(get(`/fetched/${what}`))).toEqual([`node /fetched/${what}`]);
    expect(await client.ask(get('/b'))).toEqual(['short /b a.test']);
  });

  it('reads nothing else of a connection while its answer is fetched', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    const atServer = accepted.at(-1);
    client.socket.write(get('/fetched/held'));
    while (fetches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.socket.write(get('/b') + get('/fetched'));
    while (!atServer?.isPaused()) await new Promise((resolve) => setImmediate(resolve));
    client.socket.write(get('/c'));
    fetches.pop()?.();
    expect(await client.bodies(5)).toEqual([
      'node /a',
      'fetched /fetched/held',
      'node /b',
      'node /fetched',
      expect.stringMatching(/^(node|short) \/c/),
    ]);
  });

  it('gives the memory back of an answer that nobody waits for any more', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    const atServer = accepted.at(-1);
    client.socket.write(get('/fetched/held'));
    while (fetches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.socket.destroy();
    await once(atServer!, 'close');
    releases = 0;
    fetches.pop()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(releases).toBe(1);
  });

  it('lets a connection go that becomes another protocol', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    client.socket.write(get('/b', `${FIELDS}Connection: Upgrade\r\nUpgrade: echo\r\n`));
    await client.text((text) => text.includes('101'));
    client.socket.write(get('/c'));
    expect(await client.text((text) => text.includes('echo GET /c'))).not.toContain('short');
  });

  it('says nothing of its own to what is no HTTP', async () => {
    const client = new Client();
    await client.ask(get('/a'));
    client.socket.write('GET /b c HTTP/1.1\r\n\r\n');
    await once(client.socket, 'close');
    expect(await client.text(() => true)).toMatch(/400 Bad Request/);
  });

  it('answers everything once and in order, however it is cut', async () => {
    const request = fc.constantFrom<(i: number) => [string, RegExp]>(
      (i) => [get(`/${i}`), new RegExp(`^(node|short) /${i}\\b`)],
      (i) => [get(`/fetched${i}`), new RegExp(`^(node|fetched) /fetched${i}$`)],
      (i) => [get(`/fetched${i}/gone`), new RegExp(`^node /fetched${i}/gone$`)],
      (i) => [get(`/slow${i}`, `${FIELDS}X: y\r\n`), new RegExp(`^node /slow${i}$`)],
      (i) => [`POST /${i} HTTP/1.1\r\n${FIELDS}Content-Length: 5\r\n\r\nG\r\n\r\n`, new RegExp(`^node /${i}$`)],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (makers, cuts) => {
          const asked = makers.map((make, i) => make(i));
          const bytes = get('/first') + asked.map(([text]) => text).join('');
          const places = [...new Set(cuts.map((cut) => cut % bytes.length)), bytes.length].sort((a, b) => a - b);
          const client = new Client();
          let at = 0;
          for (const place of places) {
            client.socket.write(bytes.slice(at, place), 'latin1');
            at = place;
            await new Promise((resolve) => setImmediate(resolve));
          }
          const bodies = await client.bodies(asked.length + 1);
          client.socket.destroy();
          expect(bodies.length).toBe(asked.length + 1);
          for (const [i, [, body]] of asked.entries()) expect(bodies[i + 1]).toMatch(body);
        },
      ),
      { numRuns: 150 },
    );
  }, 30_000);
});

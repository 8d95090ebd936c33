import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, StepRun } from '../../../src/jobs/index.ts';
import type { BuiltInOptions } from '../../../src/workflow/index.ts';
import { makeFilm, openMediaTools } from '../../support/media.ts';
import { until } from '../../support/until.ts';
import { openActions } from './helpers.ts';

const IS_ROOT = process.getuid?.() === 0;
type AllowedCommand = BuiltInOptions['allowedCommands'][number];
const command = (name: string, ...words: string[]): AllowedCommand => ({
  ...{ name, command: words, seconds: 20, outputBytes: 1_000_000, memoryBytes: 500_000_000 },
});
/** Says what it was given, one argument on each line. */
const SAYS = 'import sys, os, json; print(json.dumps({"args": sys.argv[1:], "env": sorted(os.environ)}))';
const CONNECTS = 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)';
const LEAVES = 'import os, sys; os.symlink("/etc/passwd", sys.argv[1])';
const COMMANDS = [
  command('says', 'python3', '-c', SAYS),
  command('copies', 'cp'),
  command('connects', 'python3', '-c', CONNECTS),
  command('links', 'python3', '-c', LEAVES),
  command('complains', 'sh', '-c', 'echo "no such colour" >&2; exit 3'),
  command('nowhere', 'headwater-has-no-such-program'),
  { ...command('sleeps', 'sleep', '600'), seconds: 1 },
  { ...command('leaves-behind', 'sh', '-c', 'sleep 611 & echo $!'), seconds: 2 },
  command('forks', 'sh', '-c', 'sleep 612 >/dev/null 2>&1 & echo $!'),
  command('floods', 'sh', '-c', 'head -c 9000000 /dev/zero > big'),
];

type Heard = { method: string; path: string; headers: IncomingMessage['headers']; body: string };
const heard: Heard[] = [];
const ANSWERS: Record<string, { status: number; headers?: Record<string, string>; text?: string }> = {
  '/json': { status: 200, headers: { 'content-type': 'application/json' }, text: '{"id":[7]}' },
  '/broken': { status: 201, headers: { 'content-type': 'application/json' }, text: '{"id":' },
  '/moved': { status: 302, headers: { location: '/json' } },
  '/none': { status: 404, text: 'no such thing' },
  '/away': { status: 503, text: 'later' },
  '/large': { status: 200, text: 'x'.repeat(1_000_000) },
  '/fine': { status: 204 },
};
const server = createServer((request, response) => {
  const path = request.url ?? '';
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    heard.push({ method: request.method ?? '', path, headers: request.headers, body });
    if (path === '/never') return;
    const { status, headers, text } = ANSWERS[path] ?? { status: 500 };
    response.writeHead(status, headers).end(text);
  });
});

let media: Awaited<ReturnType<typeof openMediaTools>>;
let opened: ReturnType<typeof openActions>;
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  media = await openMediaTools();
  opened = openActions(media, { hosts: ['127.0.0.1'], allowedCommands: COMMANDS, webhookSecret: 'whsec_c2VjcmV0' });
  process.env.HEADWATER_JWT_KEY = 'nobody is told';
});
afterAll(async () => {
  delete process.env.HEADWATER_JWT_KEY;
  await opened.out.close();
  await media.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function step(action: string, input: JsonObject, more: Partial<StepRun> = {}): Promise<JsonObject> {
  const found = opened.actions.find(({ name }) => name === action);
  const { folder } = await media.work();
  const job = { id: '8d4f8f2e-0b1c-4c5d-9c57-0f3b1f0a4f10', kind: 'workflow', createdAtMs: 0, data: {} };
  const run = {
    ...{ job, step: action, input, before: new Map(), attempt: 1, folder },
    ...{ signal: new AbortController().signal, progress: () => undefined, log: () => undefined },
    ...more,
  } as unknown as StepRun;
  return (await found!.run(run)).output;
}
const isAlive = (pid: number) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`).length > 0;

describe('http', () => {
  it('sends what it is given, and gives the answer', async () => {
    const given = { url: `${origin}/json`, body: { a: 1 }, headers: { 'x-own': 'yes' } };
    expect(await step('http', given)).toEqual({ status: 200, reply: { id: [7] } });
    expect(heard.at(-1)).toMatchObject({
      ...{ method: 'POST', path: '/json', body: '{"a":1}' },
      headers: {
        'content-type': 'application/json',
        'x-own': 'yes',
        'idempotency-key': expect.stringMatching(/\/http$/),
      },
    });
    expect(await step('http', { url: `${origin}/broken`, method: 'PUT' })).toEqual({ status: 201, reply: '{"id":' });
    expect(await step('http', { url: `${origin}/away`, wait: 'none' })).toEqual({ status: 503 });
    expect(((await step('http', { url: `${origin}/large` })).reply as string).length).toBe(262_144);
  });

  it.each([
    ['/none', 'CALL_ANSWERED_BADLY', true],
    ['/moved', 'CALL_ANSWERED_BADLY', true],
    ['/away', 'CALL_ANSWERED_BADLY', false],
    ['/never', 'CALL_FAILED', false],
  ])('of %s fails with %s, final: %s', async (path, code, isFinal) => {
    const failing = step('http', { url: `${origin}${path}`, timeoutSeconds: 1 });
    await expect(failing).rejects.toMatchObject({ code, isFinal });
  });

  it.each([
    'http://localhost:1/',
    'http://[::1]:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'no address',
  ])('refuses %s', async (url) => {
    await expect(step('http', { url, timeoutSeconds: 5 })).rejects.toMatchObject({ code: 'CALL_REFUSED' });
  });

  it('sends no header that ends a line', async () => {
    const before = heard.length;
    const given = { url: `${origin}/json`, headers: { 'x-a': 'b\r\nx-evil: 1' } };
    await expect(step('http', given)).rejects.toMatchObject({ code: 'CALL_FAILED' });
    expect(heard.length).toBe(before);
  });
});

describe('prefetch and purge', () => {
  it('ask for each address once, with a method of their own', async () => {
    heard.length = 0;
    const urls = [`${origin}/json`, `${origin}/fine`, `${origin}/large`];
    expect(await step('prefetch', { urls })).toEqual({ count: 3 });
    expect(await step('purge', { urls: [...urls, `${origin}/none`], headers: { 'x-key': 'k' } })).toEqual({ count: 4 });
    expect(await step('purge', { urls: urls.slice(0, 1), method: 'UNLINK' })).toEqual({ count: 1 });
    const asked = heard.map(({ method, path }) => `${method} ${path}`).sort();
    const paths = ['/fine', '/json', '/large'];
    expect(asked).toEqual([
      ...paths.map((each) => `GET ${each}`),
      ...['/fine', '/json', '/large', '/none'].map((each) => `PURGE ${each}`),
      'UNLINK /json',
    ]);
    expect(heard.filter(({ method }) => method === 'PURGE').every(({ headers }) => headers['x-key'] === 'k')).toBe(
      true,
    );
  });

  it('fail where an address does, and say which', async () => {
    const missing = step('prefetch', { urls: [`${origin}/none`] });
    await expect(missing).rejects.toMatchObject({ code: 'CALL_ANSWERED_BADLY', isFinal: true });
    const away = step('purge', { urls: [`${origin}/json`, `${origin}/away`] });
    await expect(away).rejects.toMatchObject({ code: 'CALL_ANSWERED_BADLY', isFinal: false });
    await expect(step('prefetch', { urls: ['http://localhost:1/'] })).rejects.toMatchObject({ code: 'CALL_REFUSED' });
    await expect(step('purge', { urls: [`${origin}/json`], method: 'GET / HTTP' })).rejects.toMatchObject({
      code: 'STEP_INPUT_INVALID',
    });
  });
});

describe('marks', () => {
  it('says where nothing is heard and nothing is seen', async () => {
    await makeFilm(join(media.root, 'film.mp4'), { seconds: 2 });
    expect(await step('marks', { source: { file: 'film.mp4' } })).toMatchObject({ silence: [], black: [] });
    const bright = await step('marks', { source: { file: 'film.mp4' }, silenceDb: 0, silenceSeconds: 1 });
    expect(bright.silence).toEqual([{ fromSeconds: 0, toSeconds: expect.closeTo(2, 1) }]);
  });
});

describe('package', () => {
  it('makes renditions of a source in one decoding, with subtitles', async () => {
    await makeFilm(join(media.root, 'film.mp4'), { seconds: 2 });
    writeFileSync(join(media.root, 'words.srt'), '1\n00:00:00,500 --> 00:00:01,500\nHello\n');
    const Video = { Codec: 'H.264', Preset: 'ultrafast' };
    const made = await step('package', {
      ...{ source: { file: 'film.mp4' }, output: { storage: 'disk', object: 'packed/film.m3u8' }, segmentSeconds: 1 },
      formats: [
        { template: { Video: { ...Video, Width: '160' } } },
        { template: { Video: { ...Video, Width: '96' } } },
      ],
      subtitles: [{ place: { file: 'words.srt' }, language: 'en', name: 'English' }],
    });
    expect(made.renditions).toMatchObject([{ width: 160 }, { width: 96 }]);
    expect(readFileSync(join(media.disk, 'packed/film.m3u8'), 'utf8')).toMatch(
      /RESOLUTION=160x90[\s\S]*RESOLUTION=96x54/,
    );
    const neither = step('package', { output: { storage: 'disk', object: 'x.m3u8' } });
    await expect(neither).rejects.toMatchObject({ code: 'STEP_INPUT_INVALID' });
  });
});

describe('what a step is given', () => {
  it('gets into no filter of FFmpeg as anything but what it is', async () => {
    await makeFilm(join(media.root, 'film.mp4'), { seconds: 1 });
    const source = { file: 'film.mp4' };
    const fontSize = '12:textfile=/etc/passwd';
    const mark = { text: 'x', fontSize, corner: 'TopLeft', dx: 0, dy: 0, color: 'ffffff' };
    const output = { storage: 'disk', prefix: 'leak/' };
    const formats = [{ format: 'mp4', watermarks: [mark] }];
    const color = '000000,drawtext=textfile=/etc/passwd';
    for (const [action, input] of [
      ['watermark', { source, output, watermarks: [mark] }],
      ['transcode', { source, output, formats }],
      ['split', { source, output, formats, parts: output }],
      ['sprite', { source, output: { storage: 'disk', object: 'leak/a.jpg' }, color }],
    ] as const) {
      await expect(step(action, input as JsonObject), action).rejects.toMatchObject({ code: 'STEP_INPUT_INVALID' });
    }
    expect(existsSync(join(media.disk, 'leak'))).toBe(false);
  });
});

describe('exec', () => {
  it('runs only what is allowed', async () => {
    for (const name of ['sh', '/bin/sh', 'says ', 'Says', '__proto__']) {
      await expect(step('exec', { command: name })).rejects.toMatchObject({ code: 'COMMAND_NOT_ALLOWED' });
    }
  });

  it('hands arguments on as they are, and nothing of the server', async () => {
    const args = ['; touch owned', '$(id)', '`id`', '| cat /etc/passwd', '\'"', '--', '-c', 'a\nb', '*', '', 7];
    const { value } = await step('exec', { command: 'says', args });
    const { args: got, env } = value as { args: string[]; env: string[] };
    expect(got).toEqual(args.map(String));
    expect(env.filter((name) => name.startsWith('HEADWATER') || name.startsWith('DATABASE'))).toEqual([]);
  });

  it('puts inputs beside it and brings outputs into their storage', async () => {
    writeFileSync(join(media.root, 'in.txt'), 'words');
    const input = {
      ...{ command: 'copies', args: ['words.txt', 'out.txt'], inputs: { 'words.txt': { file: 'in.txt' } } },
      outputs: { 'out.txt': { storage: 'disk', object: 'copied/out.txt' } },
    };
    expect(await step('exec', input)).toMatchObject({ outputs: { 'out.txt': { object: 'copied/out.txt' } } });
    expect(readFileSync(join(media.disk, 'copied/out.txt'), 'utf8')).toBe('words');
  });

  it.each([
    ['an input above its folder', { inputs: { '../x': { file: 'in.txt' } } }, 'STEP_INPUT_INVALID'],
    ['an output above its folder', { outputs: { '../../x': { storage: 'disk', object: 'x' } } }, 'STEP_INPUT_INVALID'],
    ['an input that is not below a root', { inputs: { x: { file: '../disk/copied/out.txt' } } }, 'INPUT_NOT_FOUND'],
    ['an input of the network that is its own', { inputs: { x: { url: 'http://127.0.0.1:1/' } } }, 'URL_FORBIDDEN'],
    [
      'an object above its storage',
      { outputs: { x: { storage: 'disk', object: '../x' } }, args: ['/etc/hostname', 'x'] },
      'OBJECT_NAME_INVALID',
    ],
  ])('refuses %s', async (_, more, code) => {
    await expect(step('exec', { command: 'copies', ...(more as JsonObject) })).rejects.toMatchObject({ code });
  });

  it('publishes no link, and nothing that is not there', async () => {
    const outputs = { out: { storage: 'disk', object: 'leaked' } };
    for (const name of ['links', 'says']) {
      const failing = step('exec', { command: name, args: ['out'], outputs });
      await expect(failing).rejects.toMatchObject({
        code: 'COMMAND_FAILED',
        message: expect.stringContaining('no file out'),
      });
    }
    expect(readdirSync(media.disk)).not.toContain('leaked');
  });

  it('says what the command complained of, or that it is not there', async () => {
    const failing = step('exec', { command: 'complains' });
    await expect(failing).rejects.toMatchObject({
      ...{ code: 'COMMAND_FAILED', isFinal: true, message: 'the command complains failed: no such colour' },
    });
    await expect(step('exec', { command: 'nowhere' })).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });

  it('ends what takes too long or writes too much, with all that it has started', async () => {
    await expect(step('exec', { command: 'sleeps' })).rejects.toMatchObject({ code: 'MEDIA_TIMEOUT' });
    await expect(step('exec', { command: 'floods' })).rejects.toMatchObject({ code: 'MEDIA_OUTPUT_TOO_LARGE' });
    await expect(step('exec', { command: 'leaves-behind' })).rejects.toMatchObject({ code: 'MEDIA_TIMEOUT' });
    const { text } = await step('exec', { command: 'forks' });
    await until('what it left is gone', () => !isAlive(Number(text)));
    const left = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\x311\0';
      } catch {
        return false;
      }
    });
    expect(left).toEqual([]);
  });

  it('is broken off with its job', async () => {
    const stopping = new AbortController();
    const running = step('exec', { command: 'leaves-behind' }, { signal: stopping.signal });
    stopping.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });

  it.skipIf(!IS_ROOT)('has no network', async () => {
    const args = [new URL(origin).port];
    await expect(step('exec', { command: 'connects', args })).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });
});

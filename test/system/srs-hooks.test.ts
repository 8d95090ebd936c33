import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { type MadeFlv, makeFlv, playForEver, RtmpPublisher, RtmpRefused } from '../support/peers.ts';
import { DOORS, type Door, view } from '../support/viewer-doors.ts';

type Hook = { readonly path: string; readonly action: string; readonly [field: string]: string };

const KEY = 'a key of callbacks';

let home: Awaited<ReturnType<typeof tempDir>>;
let picture: MadeFlv;
let server: Headwater;
let backend: Server;
const hooks: Hook[] = [];
const signed: string[] = [];
/** How often `on_unpublish` of a stream is refused before it is taken. */
const refusals = new Map([['refusing', 2]]);
const publishers: RtmpPublisher[] = [];

/** What a backend written for SRS does: it knows its publishers and players by `param`. */
function answerTo({ action, stream = '', param = '' }: Hook): string {
  if (action === 'on_publish') return param.includes('token=mine') ? '0' : '{"code":403}';
  if (action === 'on_play') return param.includes('ticket=bought') ? '{"code":0,"msg":"welcome"}' : '1';
  const left = refusals.get(stream) ?? 0;
  if (action !== 'on_unpublish' || left === 0) return '0';
  refusals.set(stream, left - 1);
  return '{"code":1}';
}

beforeAll(async () => {
  backend = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const hook = { ...JSON.parse(body), path: request.url } as Hook;
    hooks.push(hook);
    if (request.headers['webhook-signature']) signed.push(hook.action);
    response.end(answerTo(hook));
  }).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const [asked, down] = [{ url: `${origin}/hooks`, form: 'srs' } as const, 'http://127.0.0.1:1/'];
  const events = ['publish_done' as const, 'record_file' as const];
  home = await tempDir('srs-hooks');
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await startHeadwater({
    env: { HEADWATER_RECORDINGS_DIR: home.path, HEADWATER_NODE_NAME: 'node-1' },
    rules: {
      domains: [
        { name: 'default', push: { remoteAuth: asked }, play: { remoteAuth: asked } },
        { name: 'closed.test', push: { remoteAuth: { url: down, form: 'srs' } } },
        { name: 'open.test', push: { remoteAuth: { url: down, form: 'srs', onTimeout: 'pass' } } },
      ],
      streams: [
        { publish: { waitSeconds: 0 } },
        { match: { stream: 'kept' }, record: { enabled: true, delaySeconds: 15, formats: [{ format: 'mp4' }] } },
      ],
      callbacks: [{ id: 'srs', url: `${origin}/told`, form: 'srs', key: KEY, events }],
    },
  });
});

afterAll(async () => {
  for (const publisher of publishers) await publisher.drop();
  await server?.stop();
  await picture?.remove();
  await home?.remove();
  backend?.closeAllConnections();
  backend?.close();
});

/** An encoder that is let in; else what it was refused with. */
async function push(name: string, query: string, host = 'push.example.com'): Promise<RtmpPublisher | string> {
  const split = { tcUrl: `rtmp://${host}/live`, app: 'live', streamName: `${name}?${query}` };
  const publisher = new RtmpPublisher({ port: server.rtmpPort, path: '', split });
  publishers.push(publisher);
  try {
    await publisher.published();
  } catch (error) {
    if (!(error instanceof RtmpRefused)) throw error;
    return error.statuses[0]?.description ?? 'closed without a word';
  }
  playForEver(publisher, picture.tags);
  return publisher;
}

const hooksOf = (stream: string, ...actions: string[]) =>
  hooks.filter((hook) => hook.stream === stream && actions.includes(hook.action));

async function isLive(name: string): Promise<boolean> {
  type Streams = { streams: { name: string; tracks: unknown[] }[] };
  const { streams } = await server.api<Streams>('/streams');
  return streams.some((each) => each.name === name && each.tracks.length > 1);
}

/** A publish of less than two seconds is told of to nobody. */
async function isToldOf(name: string): Promise<boolean> {
  const { events } = await server.api<{ events: { kind: string; stream: string }[] }>('/events');
  return events.some(({ kind, stream }) => kind === 'publish' && stream === name);
}

describe('a backend written for SRS', () => {
  it('decides who publishes, and hears of the end of it', async () => {
    expect(await push('show', 'token=stolen')).toContain('refused by the remote authentication server');
    const publisher = await push('show', 'token=mine&x=1');
    expect(publisher).toBeInstanceOf(RtmpPublisher);
    const [, asked] = hooksOf('show', 'on_publish');
    expect(asked).toMatchObject({
      path: '/hooks',
      ip: '127.0.0.1',
      vhost: '__defaultVhost__',
      app: 'live',
      tcUrl: 'rtmp://push.example.com/live',
      param: '?token=mine&x=1',
      service_id: 'node-1',
    });
    await until('it is told of', () => isToldOf('show'));
    await (publisher as RtmpPublisher).drop();
    const [left] = await until('the end is told', () => at(hooksOf('show', 'on_unpublish')));
    expect(left).toMatchObject({ path: '/told', client_id: asked?.client_id, stream_id: asked?.stream_id });
    expect(signed).toContain('on_unpublish');
  });

  it.each(DOORS)('decides who plays by %s, and hears of who leaves', async (door: Door) => {
    const name = `watched-${door}`;
    await push(name, 'token=mine');
    await until('it is live', () => isLive(name));
    const refused = await view(server, door, { name: `live/${name}`, sign: (path) => `${path}?ticket=none` });
    expect(refused.answer).toContain('refused by the remote authentication server');
    const viewing = await view(server, door, { name: `live/${name}`, sign: (path) => `${path}?ticket=bought` });
    expect(viewing.answer).toBe('playing');
    const asked = hooksOf(name, 'on_play').at(-1);
    expect(asked).toMatchObject({ param: '?ticket=bought', pageUrl: '', ip: '127.0.0.1' });
    viewing.close();
    if (door === 'hls') return;
    const [left] = await until('the end is told', () => at(hooksOf(name, 'on_stop')));
    expect(left).toMatchObject({ path: '/hooks', client_id: asked?.client_id });
  });

  it('that is away keeps encoders out, unless the rule lets them in', async () => {
    expect(await push('a', 'token=mine', 'closed.test')).toContain('gave no usable answer');
    expect(await push('a', 'token=mine', 'open.test')).toBeInstanceOf(RtmpPublisher);
  });

  it('is told again what it did not take, and of the recording after it', async () => {
    const [refusing, kept] = [await push('refusing', 'token=mine'), await push('kept', 'token=mine')];
    await until('both are told of', async () => (await isToldOf('refusing')) && (await isToldOf('kept')));
    for (const each of [refusing, kept]) await (each as RtmpPublisher).drop();
    await until('it is told three times', () => hooksOf('refusing', 'on_unpublish').length === 3);
    const [file] = await until('the file is told of', () => at(hooksOf('kept', 'on_dvr')));
    expect(file).toMatchObject({ path: '/told', cwd: 'recordings', file: expect.stringMatching(/kept.*\.mp4$/) });
    expect(hooksOf('kept', 'on_unpublish', 'on_dvr').map(({ action }) => action)).toEqual(['on_unpublish', 'on_dvr']);
    type Deliveries = { deliveries: { stream: string; state: string; attempts: number }[] };
    const { deliveries } = await server.api<Deliveries>('/deliveries?stream=refusing');
    expect(deliveries).toMatchObject([{ state: 'delivered' }]);
  });
});

/** The list, once it has something. */
function at<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}

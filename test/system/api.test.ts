import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeAmf0 } from '../../src/protocol/amf/index.ts';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';

type Streams = { readonly streams: readonly Record<string, unknown>[] };

let server: Headwater;
let flv: MadeFlv;
let publisher: RtmpPublisher;
let sending: { stop(): Promise<void> };

beforeAll(async () => {
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
  server = await startHeadwater({ env: NO_DATABASE });
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/one?key=${server.secrets.streamKey}` });
  sending = playForEver(publisher, flv.tags);
  await until('it is measured', async () => {
    const [stream] = (await server.api<Streams>('/streams')).streams;
    return Number(stream?.bitrateKbps) > 0;
  });
});

afterAll(async () => {
  await sending?.stop();
  await publisher?.drop();
  await server?.stop();
  await flv?.remove();
});

describe('B30 play URLs', () => {
  it('reveal nothing to publish with', async () => {
    const { streams } = await server.api<Streams>('/streams');
    const media = await (await fetch(`${server.playback}/live/one.m3u8`)).text();
    const viewer = await FlvViewer.open(`${server.playback}/live/one.flv`);
    await until('a picture', () => viewer.tags.some(({ type }) => type === 'video'));
    const urls = streams.flatMap((stream) => Object.values(stream.urls as Record<string, string>));
    expect(urls.length).toBeGreaterThan(3);
    // What a playlist, a page or a picture says is as open as its address.
    const pages = await Promise.all(
      urls
        .filter((url) => url.startsWith('http') && !url.endsWith('.flv'))
        .map(async (url) => (await fetch(url)).text()),
    );
    const said = `${JSON.stringify(streams)}${media}${pages.join('')}${viewer.tags.map(({ payload }) => Buffer.from(payload).toString('latin1')).join('')}`;
    await viewer.close();
    expect(said).not.toContain(server.secrets.streamKey);
    expect(said).not.toContain(server.secrets.pushKey);
    await expect(RtmpPublisher.open({ port: server.rtmpPort, path: 'live/two' })).rejects.toThrow('Denied');
    console.log(
      `${urls.length} URLs and what ${pages.length} of them say: ${said.length} characters, no key among them`,
    );
  });
});

describe('B48 the API, version 1', () => {
  it('gives of each stream what it always gave', async () => {
    const [stream = {}] = (await server.api<Streams>('/streams')).streams;
    expect(stream).toMatchObject({
      domain: 'default',
      app: 'live',
      name: 'one',
      state: 'publishing',
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      publisher: { sessionId: expect.any(String), address: '127.0.0.1', encoder: expect.any(String) },
      tracks: [
        {
          kind: 'video',
          codec: 'h264',
          width: 320,
          height: 180,
          fps: expect.any(Number),
          bitrateKbps: expect.any(Number),
        },
        {
          kind: 'audio',
          codec: 'aac',
          sampleRate: 48_000,
          channels: expect.any(Number),
          bitrateKbps: expect.any(Number),
        },
      ],
      bitrateKbps: expect.any(Number),
      gopSeconds: expect.any(Number),
      viewers: { flv: 0, wsFlv: 0, rtmp: 0, hls: expect.any(Number) },
      health: { status: expect.stringMatching(/^(good|warn|bad)$/), findings: expect.any(Array) },
      urls: { flv: expect.any(String), hls: expect.any(String), rtmp: expect.any(String), page: expect.any(String) },
    });
  });

  it.each(['connect', 'metadata'])('keeps short what an encoder calls itself in its %s', async (where) => {
    const name = 'x'.repeat(5000);
    const encoder = await RtmpPublisher.open({
      port: server.rtmpPort,
      path: `live/${where}?key=${server.secrets.streamKey}`,
      connectProperties: { flashVer: where === 'connect' ? name : 'short' },
    });
    const metadata = {
      type: 'script',
      timestampMs: 0,
      payload: encodeAmf0('@setDataFrame', 'onMetaData', { encoder: name }),
    };
    if (where === 'metadata') encoder.send(metadata as FlvTag);
    const said = await until('its name is shown', async () => {
      const { streams } = await server.api<Streams>('/streams');
      const shown = (streams.find((each) => each.name === where)?.publisher as { encoder: string } | undefined)
        ?.encoder;
      return shown !== 'short' && shown;
    });
    expect(said).toBe('x'.repeat(200));
    await encoder.unpublish();
    expect(server.child.stdout()).not.toContain('x'.repeat(201));
  });

  it('answers nobody without the password, on any path, and says how it refuses', async () => {
    const reads = ['/streams', '/setup', '/health', '/events', '/backup', '/blocks', '/deliveries', '/nothing'];
    const changes = ['POST /blocks', 'DELETE /blocks/default/live/one', 'DELETE /streams/default/live/one'];
    for (const each of [...reads.map((path) => `GET ${path}`), ...changes]) {
      const [method = '', path = ''] = each.split(' ');
      const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, { method });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ status: 401, code: 'NOT_LOGGED_IN', remedy: expect.any(String) });
    }
  });

  it('says that the database is away where an answer is in it', async () => {
    for (const path of ['/deliveries', '/deliveries/1']) {
      const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, {
        headers: { authorization: `Bearer ${server.secrets.adminPassword}` },
      });
      expect([path, response.status, await response.json()]).toEqual([
        path,
        503,
        expect.objectContaining({ code: 'DATABASE_UNAVAILABLE', remedy: expect.any(String) }),
      ]);
    }
  });

  it('tells what to type for any stream, and of no other name', async () => {
    const { obs } = await server.api<{ obs: { server: string } }>('/setup?app=prod/event&name=main');
    expect(obs.server).toBe(`${server.rtmp}/prod/event`);
    const codes = { 'name=a&name=b': 'BAD_REQUEST' } as Record<string, string>;
    for (const query of ['app=%3Cscript%3E', "name='$(reboot)'", 'name=../x', 'app=a/b/c/d/e', ...Object.keys(codes)]) {
      const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/setup?${query}`, {
        headers: { authorization: `Bearer ${server.secrets.adminPassword}` },
      });
      expect([query, response.status, ((await response.json()) as { code: string }).code]).toEqual([
        query,
        400,
        codes[query] ?? 'BAD_NAME',
      ]);
    }
  });
});

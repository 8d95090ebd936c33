import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUrl } from '../../src/access/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { forged } from '../support/forged.ts';
import {
  type Child,
  type Headwater,
  publishTestPicture,
  runToEnd,
  start,
  startHeadwater,
  testPictureArgs,
  until,
} from '../support/index.ts';
import { ffmpegsOf, SMALL_TEMPLATES, transcodingOf, untilRendition } from '../support/ladder.ts';
import { cutsOf, LadderViewer } from '../support/ladder-viewer.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { FlvViewer, RtmpPublisher, RtmpRefused } from '../support/peers.ts';

const PICTURE = { seconds: 300, fps: 15, gop: 15 };

let server: Headwater;
let publisher: Child;

const SIGNED = { type: 'type_a' as const, key1: 'ladder-test-play-key-1', validitySeconds: 600 };
const RULES: RulesInput = {
  domains: [OPEN_DOMAIN, { name: 'localhost', play: { auth: SIGNED } }],
  templates: SMALL_TEMPLATES,
  templateGroups: [
    { name: 'all', templates: ['small', 'slow'] },
    { name: 'low', templates: ['slow', 'small'], source: false },
  ],
  streams: [
    { match: { stream: 'demo' }, transcode: { templates: ['small'], groups: ['all', 'low'] } },
    { match: { stream: 'plain' }, hls: { lowLatency: false }, transcode: { templates: ['small'], lazy: false } },
    { match: { stream: 'few' }, delivery: { maxViewers: 1 }, transcode: { templates: ['small', 'slow'] } },
  ],
};

beforeAll(async () => {
  server = await startHeadwater({ rules: RULES, env: NO_DATABASE });
  publisher = await publishTestPicture(server, 'live/demo', PICTURE);
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
});

const urlOf = (name: string, query = '') => `${server.playback}/live/${name}.m3u8${query}`;
const open = (name: string, query = '') => LadderViewer.open(urlOf(name, query));

describe('a ladder by HLS', () => {
  it('lists the source and its renditions before they run, as they will be', async () => {
    const viewer = await open('demo');
    expect(viewer.names).toEqual(['_source', 'small', 'slow']);
    expect(await ffmpegsOf(server)).toEqual([]);
    const [source, small, slow] = viewer.playlist.variants;
    expect(source).toMatchObject({ score: 3, resolution: { width: 320, height: 180 }, frameRate: 15 });
    expect(small).toMatchObject({ score: 2, resolution: { width: 160, height: 90 }, frameRate: 15 });
    expect(slow).toMatchObject({ score: 1, resolution: { width: 128, height: 72 }, frameRate: 10 });
    for (const variant of [source, small, slow]) {
      expect(variant?.codecs?.[0]).toMatch(/^avc1\.[0-9a-f]{6}$/);
      expect(variant?.codecs?.[1]).toBe('mp4a.40.2');
      expect(variant?.averageBandwidth).toBeLessThanOrEqual(variant?.bandwidth ?? 0);
    }
    expect(source?.bandwidth).toBeGreaterThan(slow?.bandwidth ?? 0);
  });

  it('B46 starts a rendition with the first request of its playlist, in step with the source', async () => {
    const viewer = await open('demo');
    const small = await viewer.media('small');
    expect(small.isEnded).toBeUndefined();
    const source = cutsOf(await viewer.media('_source'));
    for (const [number, cut] of cutsOf(small)) expect([number, cut]).toEqual([number, source.get(number)]);
    const measured = await open('demo');
    const { codecs, resolution } = measured.variant('small');
    expect(codecs?.[0]).toMatch(/^avc1\.42/);
    expect(resolution).toEqual({ width: 160, height: 90 });
    expect(measured.variant('small').bandwidth).not.toBe(viewer.variant('small').bandwidth);
  });

  it('reports in each playlist how far the others are', async () => {
    const viewer = await open('demo');
    await Promise.all(['small', 'slow'].map((name) => viewer.media(name)));
    await until('all have parts', async () => (await viewer.media('_source')).renditionReports?.length === 2);
    for (const name of ['_source', 'small', 'slow']) {
      const { renditionReports = [] } = await viewer.media(name);
      const reported = renditionReports.map(({ uri }) => new URL(uri, viewer.urlOf(name)).href);
      const others = ['_source', 'small', 'slow'].filter((other) => other !== name);
      expect(reported).toEqual(others.map((other) => viewer.urlOf(other)));
      for (const [index, { lastMsn, lastPart }] of renditionReports.entries()) {
        const asked = `?_HLS_msn=${lastMsn}&_HLS_part=${lastPart}`;
        const { mediaSequence, segments, openSegment } = await viewer.media(others[index]!, asked);
        const newest = mediaSequence + segments.length + (openSegment ? 0 : -1);
        expect(newest).toBeGreaterThanOrEqual(lastMsn);
        // True at the moment of answering, and not only some time ago.
        expect(newest - lastMsn).toBeLessThanOrEqual(1);
      }
    }
  });

  it.each([
    ['LL-HLS', 'demo', 'live.m3u8', ''],
    ['plain HLS', 'plain', 'live.m3u8', ''],
    ['HLS in MPEG-TS', 'demo', 'ts.m3u8', '?container=ts'],
  ])('has the same segments at the same times: %s', async (_what, name, file, query) => {
    const own = name === 'demo' ? undefined : await publishTestPicture(server, `live/${name}`, PICTURE);
    const viewer = await open(name, query);
    expect(viewer.playlist.variants.every(({ uri }) => uri.endsWith(`/${file}`))).toBe(true);
    const cuts = viewer.names.map(() => new Map<number, unknown>());
    await until(
      'four segments of all were listed',
      async () => {
        for (const [index, variant] of viewer.names.entries()) {
          for (const [number, cut] of cutsOf(await viewer.media(variant!))) cuts[index]?.set(number, cut);
        }
        return cuts.every(({ size }) => size >= 4);
      },
      40_000,
    );
    const [source, ...rungs] = cuts;
    for (const rung of rungs) {
      const common = [...rung].filter(([number]) => source?.has(number));
      expect(common.length).toBeGreaterThanOrEqual(3);
      for (const [number, cut] of common) expect([number, source?.get(number)]).toEqual([number, cut]);
    }
    const [segment] = (await viewer.media('small')).segments;
    const bytes = await fetch(new URL(segment?.uri ?? '', viewer.urlOf('small')));
    expect(bytes.status).toBe(200);
    await own?.stop();
  });

  it('plays by FFmpeg, which takes the best', async () => {
    const entries = await runToEnd('ffprobe', [
      ...['-v', 'error', '-show_entries', 'program=program_id:program_stream=width', '-of', 'csv=p=0'],
      urlOf('demo'),
    ]);
    expect(entries).toMatch(/320[\s\S]*160[\s\S]*128/);
  });

  it('is one variant where there are no renditions, or where one alone is asked for', async () => {
    const bare = await publishTestPicture(server, 'live/bare', PICTURE);
    for (const name of ['bare', 'demo_small']) {
      const { text, playlist } = await open(name);
      expect(playlist.variants).toHaveLength(1);
      expect(text).not.toMatch(/SCORE|STABLE/);
    }
    await bare.stop();
  });
});

describe('a group', () => {
  it('lists its members, with the source or without', async () => {
    expect((await open('demo_all')).names).toEqual(['_source', 'small', 'slow']);
    const low = await open('demo_low');
    expect(low.names).toEqual(['small', 'slow']);
    expect((await low.media('slow')).segments.length).toBeGreaterThan(0);
  });

  it('does not let its viewers have what is not in it', async () => {
    const low = await open('demo_low');
    const source = low.urlOf('slow').replace('/slow/', '/');
    expect((await fetch(source)).status).toBe(404);
    // The token is for the group's name only.
    expect((await fetch(source.replace('/demo_low/', '/demo/'))).status).toBe(403);
    expect((await fetch(low.urlOf('slow').replace('/demo_low/', '/demo_all/'))).status).toBe(403);
    expect((await fetch(low.urlOf('slow').replace('/slow/', '/lud/'))).status).toBe(404);
  });

  it('has a name that nobody may publish under, and that is no stream', async () => {
    await expect(RtmpPublisher.open({ port: server.rtmpPort, path: 'live/demo_low' })).rejects.toThrow(RtmpRefused);
    expect((await fetch(`${server.playback}/live/demo_low.flv`)).status).toBe(404);
  });
});

describe('a session', () => {
  it('counts once however many variants it goes through, and ends with all of them', async () => {
    const few = await publishTestPicture(server, 'live/few', PICTURE);
    const viewer = await open('few');
    for (const name of viewer.names) await viewer.media(name!);
    for (const name of viewer.names) expect((await viewer.ask(name!)).status).toBe(200);
    const { streams } = await server.api<{ streams: { name: string; viewers: { hls: number } }[] }>('/streams');
    expect(streams.find(({ name }) => name === 'few')?.viewers.hls).toBe(1);
    expect((await fetch(viewer.url)).status).toBe(429);
    const playing = await transcodingOf(server, 'few');
    expect(playing?.renditions).toMatchObject([{ template: 'small' }, { template: 'slow', viewers: { hls: 1 } }]);
    await server.setRules({ ...RULES, revoked: [{ session: sessionOf(viewer.urlOf('small')) }] });
    await until('the session is over', async () => (await viewer.ask('_source')).status === 403);
    for (const name of viewer.names) expect((await viewer.ask(name!)).status).toBe(403);
    await few.stop();
  });
});

/** The third field of the token, whose form is its own affair. */
function sessionOf(url: string): string {
  return /~[^.]*\.[^.]*\.([^.]*)\./.exec(url)?.[1] ?? '';
}

describe('signed URLs', () => {
  const signed = (path: string) =>
    signUrl(`http://localhost:${server.playbackPort}${path}`, SIGNED, { nowMs: Date.now(), uid: 'somebody' });

  it('of a stream open its renditions too: by HLS in the session, by FLV with signatures of their own', async () => {
    const push = `rtmp://localhost:${server.rtmpPort}/live/demo`;
    const own = start('ffmpeg', [...testPictureArgs(PICTURE), '-f', 'flv', push]);
    const hls = signed('/live/demo.m3u8');
    await until('it is live', async () => (await fetch(hls)).ok);
    const viewer = await LadderViewer.open(hls);
    for (const name of ['_source', 'small']) expect((await viewer.media(name)).segments.length).toBeGreaterThan(0);
    expect((await fetch(forged(viewer.urlOf('small')))).status).toBe(403);
    const flv = `http://localhost:${server.playbackPort}/live/demo.flv`;
    expect((await fetch(`${flv}?hw_renditions=1`)).status).toBe(403);
    const listUrl = `${signed('/live/demo.flv')}&hw_renditions=1`;
    type Listed = { renditions: { name: string; url: string; height: number }[] };
    const { renditions } = (await (await fetch(listUrl)).json()) as Listed;
    expect(renditions.map(({ name, height }) => [name, height])).toEqual([
      ['_source', 180],
      ['small', 90],
      ['slow', 72],
    ]);
    for (const { url } of renditions) {
      expect(url).not.toContain('hw_renditions');
      const flvViewer = await FlvViewer.open(new URL(url, flv).href);
      await until('pictures come', () => flvViewer.tags.some(({ type }) => type === 'video'));
      await flvViewer.close();
    }
    await own.stop();
  });
});

describe('a rendition that nobody watches any more', () => {
  it('stops without an end, and goes on where the source is when somebody comes back', async () => {
    const viewer = await open('demo');
    const before = await viewer.media('small');
    await until('FFmpeg is gone', async () => (await ffmpegsOf(server)).length === 0, 90_000);
    await untilRendition(server, 'demo', 'small', 'idle');
    const source = cutsOf(await viewer.media('_source'));
    const after = await viewer.media('small');
    expect(after.text).not.toContain('ENDLIST');
    expect(after.mediaSequence).toBeGreaterThan(before.mediaSequence);
    const seen = [...cutsOf(after)].filter(([number]) => source.has(number));
    for (const [number, cut] of seen) expect([number, cut]).toEqual([number, source.get(number)]);
    await publisher.stop('SIGINT');
    await until('the stream has ended', async () => (await viewer.media('_source')).isEnded === true);
    expect((await viewer.media('small')).isEnded).toBe(true);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDescriptors } from '../support/descriptors.ts';
import { type Headwater, publishTestPicture, runToEnd, until } from '../support/index.ts';
import {
  ffmpegsOf,
  pictureTimes,
  stillThere,
  transcodingOf,
  transcodingServer,
  untilRendition,
} from '../support/ladder.ts';
import { FlvViewer, HlsViewer, type MadeFlv, makeFlv, RtmpPublisher, RtmpRefused } from '../support/peers.ts';
import { DOORS, view } from '../support/viewer-doors.ts';

let server: Headwater;
let source: MadeFlv;

beforeAll(async () => {
  source = await makeFlv({ seconds: 8, gop: 30, bFrames: 2, fps: 29.97, size: '320x180', bitrate: '200k' });
  server = await transcodingServer([
    { match: {}, publish: { waitSeconds: 15 }, delivery: { holdSeconds: 20 } },
    { match: { stream: 'demo' }, transcode: { templates: ['small', 'lsd'] } },
    { match: { stream: 'aligned' }, transcode: { templates: ['small', 'slow'], lazy: false }, hls: { always: true } },
    { match: { stream: 'hurt' }, transcode: { templates: ['small'], lazy: false } },
    { match: { stream: 'again*' }, publish: { waitSeconds: 0 }, transcode: { templates: ['tiny'], lazy: false } },
  ]);
});

afterAll(async () => {
  await server?.stop();
  await source?.remove();
});

const publisherOf = (path: string, on = server) => RtmpPublisher.open({ port: on.rtmpPort, path });
const flvOf = (path: string, on = server) => FlvViewer.open(`${on.playback}/${path}.flv`);

describe('a rendition', () => {
  it('starts with its first viewer, plays at every door, and has its own size', async () => {
    const publisher = await publishTestPicture(server, 'live/demo');
    expect(await transcodingOf(server, 'demo')).toMatchObject({
      renditions: [
        { template: 'small', name: 'demo_small', state: 'idle' },
        { template: 'lsd', name: 'demo_lsd', state: 'idle' },
      ],
    });
    expect(await ffmpegsOf(server)).toEqual([]);
    for (const door of DOORS) {
      const viewing = await view(server, door, { name: 'live/demo_small' });
      expect([door, viewing.answer]).toEqual([door, 'playing']);
      viewing.close();
    }
    const probed = (name: string) =>
      runToEnd('ffprobe', [
        ...['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'],
        `${server.playback}/live/${name}.flv`,
      ]);
    expect((await probed('demo_small')).trim().split('\n').toSorted()).toEqual(['aac', 'h264,160,90']);
    // Never larger than the source.
    expect((await probed('demo_lsd')).trim().split('\n').toSorted()).toEqual(['aac', 'h264,320,180']);
    await until('one process makes both', async () => (await ffmpegsOf(server)).length === 1);
    await publisher.stop();
  });

  it('has a name that nobody else may publish under', async () => {
    const publisher = await publisherOf('live/demo');
    await expect(publisherOf('live/demo_small')).rejects.toThrow(RtmpRefused);
    await publisher.unpublish();
  });
});

describe('alignment', () => {
  it('keeps key frames, pictures and segments equal over a reconnect, with B-frames at 29.97', async () => {
    const names = ['aligned', 'aligned_small', 'aligned_slow'] as const;
    const opening = flvOf('live/aligned');
    const first = await publisherOf('live/aligned');
    const playing = first.play(source.tags, { speed: 1 });
    const viewers = [await opening, await flvOf('live/aligned_small'), await flvOf('live/aligned_slow')];
    const hls = await Promise.all(names.map((name) => HlsViewer.open(`${server.playback}/live/${name}.m3u8`)));
    await playing;
    await first.drop();
    const second = await publisherOf('live/aligned');
    await second.play(source.tags, { speed: 1 });
    const [ofSource = [], ofSmall = [], ofSlow = []] = viewers.map(({ tags }) => pictureTimes(tags, true));
    const common = Math.max(ofSmall[0] ?? 0, ofSlow[0] ?? 0);
    const since = (times: readonly number[]) => times.filter((time) => time >= common);
    await until('the renditions have the last key frame', () => {
      const last = ofSource.at(-1) ?? 0;
      return viewers.slice(1).every(({ tags }) => pictureTimes(tags, true).includes(last));
    });
    const keys = viewers.map(({ tags }) => since(pictureTimes(tags, true)));
    expect(keys[0]?.length).toBeGreaterThan(12);
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[0]);
    expect(ofSlow.length).toBeGreaterThan(0);
    const all = viewers.map(({ tags }) => since(pictureTimes(tags)).toSorted((a, b) => a - b));
    const shared = all[1]?.length ?? 0;
    expect(all[1]).toEqual(all[0]?.slice(0, shared));
    expect((all[0]?.length ?? 0) - shared).toBeLessThan(30);
    expect(all[2]?.length).toBeLessThan(shared / 2);
    await until('the segments are listed', () => hls.every(({ segments }) => segments.length >= 5));
    const cuts = hls.map(({ segments }) => new Map(segments.map((each) => [each.number, each])));
    for (const { number, isDiscontinuity, programDateTimeMs } of hls[0]?.segments ?? []) {
      for (const rung of cuts.slice(1)) {
        const same = rung.get(number);
        if (same) expect({ number, ...pick(same) }).toEqual({ number, isDiscontinuity, programDateTimeMs });
      }
    }
    for (const viewer of viewers) await viewer.close();
    for (const viewer of hls) await viewer.close();
    await second.unpublish();
  });
});

const pick = ({ isDiscontinuity, programDateTimeMs }: HlsViewer['segments'][number]) => ({
  isDiscontinuity,
  programDateTimeMs,
});

describe('supervision', () => {
  it.each([
    ['SIGKILL', /ended by SIGKILL/],
    ['SIGSTOP', /SIGKILL/],
  ] as const)('%s of FFmpeg leaves the source alone, and the rendition comes back', async (signal, reason) => {
    const publisher = await publishTestPicture(server, 'live/hurt', { fps: 15, gop: 15 });
    const viewer = await flvOf('live/hurt');
    const rendition = await flvOf('live/hurt_small');
    const [pid = 0] = await ffmpegsOf(server);
    const before = pictureTimes(viewer.tags).length;
    process.kill(pid, signal);
    const hurt = await until('FFmpeg is started again', async () => {
      const transcoding = await transcodingOf(server, 'hurt');
      return transcoding && transcoding.restarts > 0 && transcoding;
    });
    expect(hurt.lastFailure).toMatch(reason);
    await untilRendition(server, 'hurt', 'small', 'live');
    const killedAt = pictureTimes(rendition.tags).at(-1) ?? 0;
    await until('the rendition goes on', () => (pictureTimes(rendition.tags).at(-1) ?? 0) > killedAt + 1000);
    expect(viewer.isClosed || rendition.isClosed).toBe(false);
    expect(pictureTimes(viewer.tags).length).toBeGreaterThan(before + 15);
    const keys = new Set(pictureTimes(viewer.tags, true));
    const after = pictureTimes(rendition.tags, true).filter((time) => time > killedAt);
    expect(after.length).toBeGreaterThan(0);
    expect(after.every((time) => keys.has(time))).toBe(true);
    expect(await stillThere([pid])).toEqual([]);
    await viewer.close();
    await rendition.close();
    await publisher.stop();
    await until('the stream is over', async () => (await transcodingOf(server, 'hurt')) === undefined);
  });

  it('B37 leaves no process and no descriptor after 200 starts and stops', async () => {
    const [streams, times] = [10, 20];
    const tiny = await makeFlv({ seconds: 4, gop: 30, size: '64x64', bitrate: '30k', audio: false });
    const cycle = async (name: string) => {
      const publisher = await publisherOf(`live/${name}`);
      const abort = new AbortController();
      const playing = publisher.play(tiny.tags, { speed: 2, signal: abort.signal });
      const viewer = await flvOf(`live/${name}_tiny`);
      await until('a picture comes', () => pictureTimes(viewer.tags).length > 0);
      abort.abort();
      await playing;
      await publisher.unpublish();
      await viewer.closed;
    };
    await cycle('again');
    await until('the first process is gone', async () => (await ffmpegsOf(server)).length === 0);
    const before = await openDescriptors(server.child.pid);
    const starts = 'headwater_ladder_events_total{event="started",template=""}';
    const startsBefore = (await server.metric(starts)) ?? 0;
    const names = Array.from({ length: streams }, (_, index) => `again${index}`);
    await Promise.all(
      names.map(async (name) => {
        for (let turn = 0; turn < times; turn++) await cycle(name);
      }),
    );
    expect((await server.metric(starts)) ?? 0).toBe(startsBefore + streams * times);
    await until('all processes are gone', async () => (await ffmpegsOf(server)).length === 0);
    await until('all descriptors are closed', async () => (await openDescriptors(server.child.pid)) <= before + 2);
    await tiny.remove();
  });

  it('B37 leaves nothing behind when the server is killed, not even what hangs', async () => {
    const doomed = await transcodingServer([{ match: {}, transcode: { templates: ['small'], lazy: false } }]);
    const publisher = await publishTestPicture(doomed, 'live/one');
    const pids = await until('FFmpeg runs', async () => {
      const found = await ffmpegsOf(doomed);
      return found.length > 0 && found;
    });
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await doomed.stop('SIGKILL');
    await until('FFmpeg is gone', async () => (await stillThere(pids)).length === 0);
    await publisher.stop();
  });

  it('plays the source where there is no FFmpeg, and says so', async () => {
    const bare = await transcodingServer([{ match: {}, transcode: { templates: ['small'], lazy: false } }], {
      env: { HEADWATER_FFMPEG_PATH: '/nonexistent/ffmpeg' },
    });
    const publisher = await publishTestPicture(bare, 'live/one');
    const viewer = await flvOf('live/one', bare);
    await until('pictures come', () => pictureTimes(viewer.tags).length > 10);
    expect((await untilRendition(bare, 'one', 'small', 'failed')).reason).toBe('no FFmpeg was found');
    await viewer.close();
    await publisher.stop();
    await bare.stop();
  });
});

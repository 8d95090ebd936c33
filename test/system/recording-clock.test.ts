import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { http } from '../support/http.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../support/index.ts';
import {
  FlvViewer,
  framesOf,
  type MadeFlv,
  makeFlv,
  NO_DATABASE,
  OPEN_DOMAIN,
  playForEver,
  RtmpPublisher,
} from '../support/peers.ts';
import { cancelDelay } from '../support/record-command.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';

const HOUR = 3600;
/** A Sunday before a minute is over. */
const SUNDAY_MS = Date.UTC(2026, 10, 29, 12, 0, 55);
const object = '{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}';
const FPS = 25;

type Shown = {
  readonly object: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationSeconds: number;
};

let home: Awaited<ReturnType<typeof tempDir>>;
let clock: SteppedClock;
let server: Headwater;
let picture: MadeFlv;

beforeAll(async () => {
  home = await tempDir('recording-clock');
  clock = await steppedClock();
  picture = await makeFlv({ seconds: 9, fps: FPS, gop: FPS, size: '160x90' });
  const window = { days: ['sun' as const], zone: 'Europe/Berlin' };
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [
      {
        ...{ match: {}, publish: { waitSeconds: 0 }, hls: { segmentSeconds: 1 }, timeShift: { enabled: true } },
        record: { enabled: true, formats: [{ format: 'mp4', object }] },
      },
      { match: { stream: 'stepped' }, clips: { keepDays: 1 } },
      { match: { stream: 'closes' }, record: { schedule: [{ ...window, from: '12:00', to: '13:01' }] } },
      { match: { stream: 'opens' }, record: { schedule: [{ ...window, from: '13:01', to: '14:00' }] } },
      {
        match: { stream: 'period' },
        record: { startTime: '2026-11-29T12:00:58Z', endTime: '2026-11-29T12:01:01Z' },
      },
    ],
  };
  server = await startHeadwater({ rules, env: { ...NO_DATABASE, ...clock.env, HEADWATER_RECORDINGS_DIR: home.path } });
});
afterAll(async () => {
  await server?.stop();
  await picture?.remove();
  await clock?.remove();
  await home?.remove();
});

const recordingsOf = async (name: string) =>
  (await server.api<{ recordings: Shown[] }>(`/recordings?app=live&stream=${name}`)).recordings;
const untilRecorded = (name: string) =>
  until(`${name} is recorded`, async () => {
    const found = await recordingsOf(name);
    return found.length > 0 && found;
  });
const publish = (name: string) => RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });

async function presentationTimes(url: string): Promise<number[]> {
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', url];
  const lines = (await runToEnd('ffprobe', args, 60_000)).split('\n').filter((line) => line !== '');
  return lines.map((line) => Number.parseFloat(line));
}

describe('a recording whose times are given', () => {
  it('has what lies in its window, with the segments around its edges, and is made when that closes', async () => {
    const names = ['closes', 'opens', 'period'];
    // Times of a publish go on from its beginning, even if the clock is set back.
    await clock.set((SUNDAY_MS - Date.now()) / 1000);
    const publishers = await Promise.all(names.map(publish));
    const playing = publishers.map((publisher) => publisher.play(picture.tags, { speed: 1 }));
    const made = { closes: await untilRecorded('closes'), period: await untilRecorded('period') };
    expect(publishers.map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    await Promise.all(playing);
    await Promise.all(publishers.map((publisher) => publisher.unpublish()));
    await cancelDelay(server, 'opens');
    const found = { ...made, opens: await untilRecorded('opens') };
    // A segment is a second long; a busy machine may take the first picture late.
    const at = (time: string) => Date.parse(`2026-11-29T${time}Z`);
    const within = (shown: string, from: string, to: string) => {
      expect(Date.parse(shown)).toBeGreaterThanOrEqual(at(from));
      expect(Date.parse(shown)).toBeLessThanOrEqual(at(to));
    };
    for (const recordings of Object.values(found)) expect(recordings).toHaveLength(1);
    within(found.closes[0]!.endedAt, '12:01:00.000', '12:01:01.100');
    within(found.opens[0]!.startedAt, '12:00:58.900', '12:01:00.100');
    within(found.period[0]!.startedAt, '12:00:56.900', '12:00:58.100');
    within(found.period[0]!.endedAt, '12:01:01.000', '12:01:02.100');
    for (const [{ object: name, durationSeconds, startedAt, endedAt }] of Object.values(found) as [Shown][]) {
      expect((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toBeCloseTo(durationSeconds, 0);
      expect((await presentationTimes(join(home.path, name))).length / FPS).toBeCloseTo(durationSeconds, 0);
    }
  });
});

describe('a wall clock that is set by an hour', () => {
  it('back, on, and back over a reconnect: recording and time shift have every picture once', async () => {
    const name = 'stepped';
    let frames = 0;
    await clock.set((SUNDAY_MS - Date.now()) / 1000);
    const firstMs = clock.nowMs();
    const base = firstMs - Date.now();
    const setBy = (hours: number) => clock.set(base / 1000 + hours * HOUR);
    for (const steps of [[-1, 1], []]) {
      if (steps.length === 0) await setBy(0);
      const publisher = await publish(name);
      const playing = playForEver(publisher, picture.tags);
      const viewer = await FlvViewer.open(`${server.playback}/live/${name}.flv`);
      const seen = () => framesOf(viewer.tags, 'video');
      for (const hours of steps) {
        const before = seen().length;
        await until('some seconds went by', () => seen().length > before + 2 * FPS);
        await setBy(hours);
        await until('some more', () => seen().length > before + 4 * FPS);
      }
      const before = seen().length;
      await until('some seconds went by', () => seen().length > before + 2 * FPS);
      await playing.stop();
      await publisher.unpublish();
      await viewer.closed;
      frames += seen().length;
    }
    await cancelDelay(server, name);
    const recordings = await untilRecorded(name);
    expect(recordings).toHaveLength(1);
    const [{ object: file, startedAt, endedAt }] = recordings as [Shown];
    expect(Date.parse(endedAt)).toBeGreaterThan(Date.parse(startedAt));
    // The clock was right when it began, and again when it ended.
    expect(file).toMatch(/^live\/stepped\/0_2026-11-29-12-0\d-\d\d_2026-11-29-12-0\d-\d\d\.mp4$/);
    const times = await presentationTimes(join(home.path, file));
    expect(times).toHaveLength(frames);
    expectNoGap(times);

    // What was dated ahead can be asked for once the clock is there.
    await setBy(2);
    const [from, to] = [firstMs - 2 * HOUR * 1000, firstMs + 2 * HOUR * 1000];
    const url = `${server.playback}/live/${name}.m3u8?aliyunols=on&lhs_start_unix_ms_0=${from}&lhs_vodend_unix_ms_0=${to}`;
    const media = (await http(url)).text.split('\n').find((line) => line !== '' && !line.startsWith('#'))!;
    const { segments } = parseMediaPlaylist((await http(new URL(media, url).href)).text);
    const numbers = segments.map(({ uri }) => Number.parseInt(uri, 10));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const listedSeconds = segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
    expect(Math.abs(listedSeconds * FPS - frames)).toBeLessThan(FPS / 2);
    expect(await presentationTimes(`${url}&container=ts`)).toHaveLength(frames);
    const timeline = await http(
      `${server.playback}/openapi/timeline/query?aliyunols=on&app=live&stream=${name}&format=ts` +
        `&lhs_start_unix_s_0=${Math.floor(from / 1000)}&lhs_end_unix_s_0=${Math.ceil(to / 1000)}`,
    );
    const intervals = (JSON.parse(timeline.text) as { timeline: { start: number; end: number }[] }).timeline;
    for (const { start, end } of intervals) expect(end).toBeGreaterThanOrEqual(start);
    expect(intervals).toEqual(intervals.toSorted((a, b) => a.start - b.start));
  });

  function expectNoGap(times: readonly number[]): void {
    for (const [index, time] of times.entries()) {
      if (index > 0) expect(time - times[index - 1]!).toBeLessThan(0.2);
    }
  }
});

describe('a clip that is as old as rules let it become', () => {
  it('has expired, and says so wherever its link is opened', async () => {
    type Shown = { readonly id: string; readonly state: string; readonly pageUrl: string };
    const path = '/streams/default/live/stepped/clips';
    const { id, pageUrl } = await server.api<Shown>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ seconds: 1 }),
    });
    await until('the clip is made', async () => (await server.api<Shown>(`${path}/${id}`)).state === 'ready');
    expect((await http(pageUrl)).status).toBe(200);
    await clock.set((clock.nowMs() - Date.now()) / 1000 + 25 * HOUR);
    const page = await http(pageUrl);
    expect([page.status, page.text]).toEqual([410, expect.stringContaining('This clip has expired')]);
    for (const file of ['mp4', 'jpg', 'vtt', 'json']) {
      const { status, text } = await http(`${pageUrl}.${file}`);
      expect([file, status, JSON.parse(text).code]).toEqual([file, 410, 'CLIP_EXPIRED']);
    }
    await expect(server.api(`${path}/${id}`)).rejects.toThrow('CLIP_EXPIRED');
    expect(await server.api(path)).toEqual({ clips: [] });
  });
});

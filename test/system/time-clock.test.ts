import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { type DomainInput, signer } from '../support/access-rules.ts';
import { actionsOf, CallbackReceiver } from '../support/callback-receiver.ts';
import { http } from '../support/http.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';
import {
  FlvViewer,
  framesOf,
  HlsViewer,
  type MadeFlv,
  makeFlv,
  playForEver,
  RtmpPlayer,
  RtmpPublisher,
} from '../support/peers.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';

const HOUR = 3600;
const HALF_AN_HOUR = 1800;
const AUTH = { type: 'type_a', key1: 'clock-test-key-0123', validitySeconds: HALF_AN_HOUR } as const;

let clock: SteppedClock;
let server: Headwater;
let picture: MadeFlv;
let receiver: CallbackReceiver;

/** The same for viewers of 127.0.0.1, whose sessions last, and of localhost, whose sessions are short. */
function domain(name: string, sessionSeconds: number): DomainInput {
  return { name, push: { auth: { type: 'no_auth' } }, play: { auth: AUTH, sessionSeconds } };
}

beforeAll(async () => {
  clock = await steppedClock();
  receiver = await CallbackReceiver.start();
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  const rules: RulesInput = {
    domains: [domain('default', 24 * HOUR), domain('localhost', HALF_AN_HOUR)],
    streams: [{ match: {}, publish: { waitSeconds: 0 }, hls: { segmentSeconds: 1 } }],
    callbacks: [{ id: 'told', match: {}, url: receiver.url('told'), form: 'apsara', key: 'clock-test-key-4567' }],
  };
  server = await startHeadwater({ rules, env: clock.env });
});

afterAll(async () => {
  await server?.stop();
  await picture?.remove();
  await receiver?.down();
  await clock?.remove();
});

/** A stream that is pushed to both domains, and those who watch it. */
async function watched(name: string) {
  const publishers: { stop(): Promise<void> }[] = [];
  for (const host of ['127.0.0.1', 'localhost']) {
    const tcUrl = `rtmp://${host}:${server.rtmpPort}/live`;
    const split = { tcUrl, app: 'live', streamName: name };
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}`, split });
    const playing = playForEver(publisher, picture.tags);
    publishers.push({ stop: () => playing.stop().then(() => publisher.unpublish()) });
  }
  const sign = signer(AUTH);
  const shortLived = server.playback.replace('127.0.0.1', 'localhost');
  const open = (base: string) => HlsViewer.open(`${base}${sign(`/live/${name}.m3u8`)}`, { lowLatency: true });
  const viewers = {
    flv: await FlvViewer.open(`${server.playback}${sign(`/live/${name}.flv`)}`),
    rtmp: await RtmpPlayer.open({ port: server.rtmpPort, path: sign(`/live/${name}`).slice(1) }),
    hls: await open(server.playback),
    short: await open(shortLived),
  };
  return { publishers, viewers };
}

type Viewers = Awaited<ReturnType<typeof watched>>['viewers'];

/** Everyone gets seconds more of the stream from here on. */
async function expectPlaying({ flv, rtmp, hls }: Viewers): Promise<void> {
  const before = [flv.tags.length, rtmp.tags.length, hls.segments.length] as const;
  await until('FLV goes on', () => flv.tags.length > before[0] + 100);
  await until('RTMP goes on', () => rtmp.tags.length > before[1] + 100);
  await until('HLS goes on', () => hls.segments.length > before[2] + 3);
  expect([flv.isClosed, rtmp.isClosed]).toEqual([false, false]);
  expect(hls.failures).toEqual([]);
}

/** The date of the newest segment's end, and how far it is from what the clock shows. */
function dateOf({ segments }: HlsViewer): { readonly endMs: number; readonly behindMs: number } {
  const newest = segments.at(-1)!;
  const endMs = newest.programDateTimeMs! + newest.durationSeconds * 1000;
  return { endMs, behindMs: clock.nowMs() - endMs };
}

const datesOf = ({ segments }: HlsViewer) => segments.map(({ programDateTimeMs = 0 }) => programDateTimeMs);

function expectInOrder(dates: readonly number[]): void {
  expect(dates).toEqual(dates.toSorted((a, b) => a - b));
}

const statusOf = async (path: string) => (await http(`${server.playback}${path}`, { method: 'HEAD' })).status;

/** What the server says to a URL that was signed so many seconds ago, by the machine's clock. */
const playedSignedAgo = (name: string, seconds: number) =>
  statusOf(signer(AUTH, { signedInSeconds: -seconds })(`/live/${name}.flv`));

/** Segments and their dates are those of a clock that runs right, whatever it was set to meanwhile. */
function expectEven({ flv, hls }: Viewers, offsetsSeconds: readonly number[]): void {
  const times = framesOf(flv.tags, 'video').map(({ timestampMs }) => timestampMs);
  const steps = times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? 0));
  const apartMs = Math.max(...steps.map((stepMs) => Math.abs(stepMs - 33)));
  const durations = hls.segments.map(({ durationSeconds }) => Math.abs(durationSeconds - 1));
  expectInOrder(datesOf(hls));
  const [most, least] = [Math.max(0, ...offsetsSeconds), Math.min(0, ...offsetsSeconds)];
  console.log(
    `clock ${least} to +${most} s: ${times.length} frames at FLV at most ${apartMs} ms off their time, ` +
      `${hls.segments.length} segments at most ${Math.round(Math.max(...durations) * 1000)} ms off a second`,
  );
  // Where the picture begins anew, the end of its sound is waited for.
  expect(apartMs).toBeLessThan(60);
  expect(Math.max(...durations)).toBeLessThan(0.06);
}

describe('B13 a wall clock that is set in mid-stream', () => {
  it('back by an hour, on by two, and right again: everything plays on', async () => {
    const { publishers, viewers } = await watched('stepped');
    await expectPlaying(viewers);
    expect(Math.abs(dateOf(viewers.hls).behindMs)).toBeLessThan(3000);
    expect(await playedSignedAgo('stepped', 0)).toBe(200);
    expect(await playedSignedAgo('stepped', HOUR)).toBe(403);

    await clock.set(-HOUR);
    await expectPlaying(viewers);
    // A publish's dates do not turn around: they stay an hour ahead until the clock has caught up.
    expectInOrder(datesOf(viewers.hls));
    expect(await playedSignedAgo('stepped', HOUR)).toBe(200);
    expect(viewers.short.statuses.at(-1)).toBe(200);

    await clock.set(HOUR);
    await until('a date of the new time', () => Math.abs(dateOf(viewers.hls).behindMs) < 3000);
    await expectPlaying(viewers);
    expectInOrder(datesOf(viewers.hls));
    expect(await playedSignedAgo('stepped', 0)).toBe(403);
    await until('the short session has lapsed', () => viewers.short.statuses.at(-1) === 403);

    await clock.set(0);
    await expectPlaying(viewers);
    expectInOrder(datesOf(viewers.hls));
    expect(await playedSignedAgo('stepped', 0)).toBe(200);

    await publishers[0]!.stop();
    await until('HLS has ended', () => viewers.hls.isEnded);
    const actions = () => actionsOf(receiver, 'told', 'stepped');
    await until('both callbacks came', () => actions().includes('publish_done'), 60_000);
    expect(actions().slice(0, 2)).toEqual(['publish', 'publish']);
    await Promise.all([viewers.flv.close(), viewers.rtmp.close(), viewers.hls.close(), viewers.short.close()]);
    await publishers[1]!.stop();
  });

  it('by a second to and fro, and by little and little: nobody notices', async () => {
    const { publishers, viewers } = await watched('shaken');
    await expectPlaying(viewers);
    const offsets: number[] = [];
    const set = async (seconds: number) => {
      offsets.push(seconds);
      await clock.set(seconds);
    };
    for (const seconds of [1, 0, -1, 0]) {
      const before = viewers.hls.segments.length;
      await set(seconds);
      await until('two segments more', () => viewers.hls.segments.length >= before + 2);
      expect(Math.abs(dateOf(viewers.hls).behindMs)).toBeLessThan(4000);
    }
    // A clock that is a fiftieth too fast, and is put right by being a fiftieth too slow.
    for (const direction of [1, -1]) {
      const [from, before] = [offsets.at(-1) ?? 0, viewers.hls.segments.length];
      for (let step = 1; step <= 20; step++) {
        await set(from + direction * step * 0.02);
        const [frames] = [framesOf(viewers.flv.tags, 'video').length];
        await until('some pictures more', () => framesOf(viewers.flv.tags, 'video').length > frames + 4);
      }
      expect(viewers.hls.segments.length).toBeGreaterThan(before);
    }
    await expectPlaying(viewers);
    expectEven(viewers, offsets);
    expect(new Set(viewers.hls.statuses)).toEqual(new Set([200]));

    await clock.set(-1);
    await Promise.all(publishers.map((each) => each.stop()));
    const actions = () => actionsOf(receiver, 'told', 'shaken');
    await until('all callbacks came', () => actions().length === 4, 60_000);
    expect(actions()).toEqual(['publish', 'publish', 'publish_done', 'publish_done']);
    await Promise.all([viewers.flv.close(), viewers.rtmp.close(), viewers.hls.close(), viewers.short.close()]);
    await clock.set(0);
  });

  it('over the second in which a signature lapses: that counts, both ways', async () => {
    const { publishers, viewers } = await watched('signed');
    const path = signer(AUTH)('/live/signed.flv');
    const atBorder = HALF_AN_HOUR - 20;
    await clock.set(atBorder);
    expect(await statusOf(path)).toBe(200);
    await clock.set(HALF_AN_HOUR + 2);
    expect(await statusOf(path)).toBe(403);
    await clock.set(atBorder);
    expect(await statusOf(path)).toBe(200);
    // Who was let in before stays.
    expect(viewers.flv.isClosed).toBe(false);
    await clock.set(0);
    await Promise.all(publishers.map((each) => each.stop()));
    await Promise.all([viewers.flv.close(), viewers.rtmp.close(), viewers.hls.close(), viewers.short.close()]);
  });

  it('before a publish: its dates are those of the clock from the start', async () => {
    await clock.set(-HOUR);
    const { publishers, viewers } = await watched('later');
    await expectPlaying(viewers);
    expect(Math.abs(dateOf(viewers.hls).behindMs)).toBeLessThan(3000);
    await Promise.all(publishers.map((each) => each.stop()));
    await Promise.all([viewers.flv.close(), viewers.rtmp.close(), viewers.hls.close(), viewers.short.close()]);
    await clock.set(0);
  });
});

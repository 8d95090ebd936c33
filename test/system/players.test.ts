import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFfplay } from '../support/ffplay.ts';
import { type ForeignPlayer, StallWatch } from '../support/foreign-player.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { startVlc } from '../support/vlc.ts';

const WATCHED_MS = 60_000;
/** A player's own delays when it looks again for a playlist are shorter; a picture that stands longer has stalled. */
const STALLED_MS = 3000;
const LOOK_EVERY_MS = 250;
const PICTURE = { seconds: 300, size: '320x180', fps: 25, gop: 50 };

let server: Headwater;
let publisher: Child;

beforeAll(async () => {
  server = await startHeadwater({
    rules: {
      domains: [{ name: 'default' }],
      streams: [
        {
          channelList: { enabled: true },
          publish: { waitSeconds: 60, waitAfterUnpublish: true },
          timeShift: { enabled: true },
        },
      ],
    },
  });
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
});

/** A moment after which there are ten seconds without a break. */
function longAgo(): Promise<number> {
  const path = '/openapi/timeline/query?aliyunols=on&app=live&stream=demo&format=ts';
  return until('there is a past', async () => {
    const [fromS, toS] = [-100, 0].map((seconds) => Math.floor(Date.now() / 1000) + seconds);
    const answer = await fetch(`${server.playback}${path}&lhs_start_unix_s_0=${fromS}&lhs_end_unix_s_0=${toS}`);
    if (!answer.ok) return undefined;
    const { timeline } = (await answer.json()) as { timeline: { start: number; end: number }[] };
    const last = timeline.at(-1);
    return last && last.end - last.start >= 12 && last.start * 1000;
  });
}

type Door = readonly [name: string, url: () => string];

const DOORS: readonly Door[] = [
  ['HTTP-FLV', () => `${server.playback}/live/demo.flv`],
  ['RTMP', () => `${server.rtmp}/live/demo`],
  ['LL-HLS', () => `${server.playback}/live/demo.m3u8`],
  ['HLS in MPEG-TS', () => `${server.playback}/live/demo.m3u8?container=ts`],
];
const CHANNEL_LIST: Door = ['the channel list', () => `${server.playback}/live.m3u`];

type StartPlayer = (url: string, fps: number) => ForeignPlayer | Promise<ForeignPlayer>;

describe.each<[string, readonly Door[], StartPlayer, NodeJS.Signals]>([
  ['VLC', [...DOORS, CHANNEL_LIST], startVlc, 'SIGKILL'],
  ['ffplay', DOORS, startFfplay, 'SIGINT'],
])('%s', (_name, doors, startPlayer, publisherEnd) => {
  const watched = new Map<string, { readonly player: ForeignPlayer; readonly watch: StallWatch }>();
  const each = <T>(ask: (door: { readonly player: ForeignPlayer; readonly watch: StallWatch }) => T | Promise<T>) =>
    Promise.all([...watched].map(async ([name, door]) => [name, await ask(door)] as const));

  beforeAll(async () => {
    await publisher?.stop();
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    for (const [name, url] of doors) {
      const player = await startPlayer(url(), PICTURE.fps);
      watched.set(name, { player, watch: new StallWatch(player) });
    }
  });

  afterAll(async () => {
    await each(({ watch }) => watch.stop());
    await each(({ player }) => player.stop());
  });

  it('plays every door for a minute without a stall', async () => {
    for (const [name, { player, watch }] of watched) {
      // A second try has a minute of its own.
      watch.stop();
      watched.set(name, { player, watch: new StallWatch(player) });
    }
    const isWatched = () => [...watched.values()].every(({ watch }) => watch.watchedMs >= WATCHED_MS);
    await until('every door was watched', isWatched, 2 * WATCHED_MS).catch(() => undefined);
    const stalls = await each(async ({ player, watch }) =>
      watch.watchedMs < WATCHED_MS ? player.said().slice(-2000) : (await watch.longestStillMs()) > STALLED_MS,
    );
    expect(stalls).toEqual(doors.map(([name]) => [name, false]));
  });

  it('goes on at every door when the publisher stops and starts', async () => {
    await publisher.stop(publisherEnd);
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    const wentOn = await each(({ watch }) =>
      watch.untilMoved(40, 90_000).then(
        () => true,
        () => false,
      ),
    );
    expect(wentOn).toEqual(doors.map(([name]) => [name, true]));
  });

  it('plays ten seconds of the past to their end', async () => {
    const [fromMs, lastMs] = [await longAgo(), 9000];
    const range = `lhs_start_unix_ms_0=${fromMs}&lhs_vodend_unix_ms_0=${fromMs + 10_000}`;
    const player = await startPlayer(`${server.playback}/live/demo.m3u8?aliyunols=on&${range}`, PICTURE.fps);
    let shownMs = 0;
    const isOver = player.exited.then(() => true);
    await until('it has ended', async () => {
      shownMs = Math.max(shownMs, (await player.shownMs()) ?? 0);
      return Promise.race([isOver, new Promise<false>((resolve) => setTimeout(() => resolve(false), LOOK_EVERY_MS))]);
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${player.said().slice(-2000)}`);
    });
    await player.stop();
    expect(await player.exited).toBe(0);
    expect(shownMs).toBeGreaterThan(lastMs);
  });
});

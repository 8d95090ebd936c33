import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFfplay } from '../support/ffplay.ts';
import { type ForeignPlayer, StallWatch } from '../support/foreign-player.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { startVlc } from '../support/vlc.ts';

const WATCHED_MS = 60_000;
/** A player's own delays when it looks again for a playlist are shorter; a picture that stands longer has stalled. */
const STALLED_MS = 3000;
const PICTURE = { seconds: 300, size: '320x180', fps: 25, gop: 50 };

let server: Headwater;
let publisher: Child;

beforeAll(async () => {
  server = await startHeadwater({
    rules: {
      domains: [{ name: 'default' }],
      streams: [{ channelList: { enabled: true }, publish: { waitSeconds: 60, waitAfterUnpublish: true } }],
    },
  });
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
});

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
});

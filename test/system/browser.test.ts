import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fallBehind,
  holdPlayers,
  type OpenPage,
  openBrowser,
  openPage,
  type PlayerReading,
  readPlayer,
  untilFrames,
  untilMoreFrames,
  untilState,
} from '../support/browser.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';

const PLAY_KEY = 'browser-test-play-key-1';
const PICTURE = { seconds: 300, fps: 15, gop: 30 };
const FRAMES_WATCHED = 300;

let server: Headwater;
let browser: Browser;

beforeAll(async () => {
  const signed = { name: 'localhost', play: { auth: { type: 'type_a' as const, key1: PLAY_KEY } } };
  server = await startHeadwater({ rules: { domains: [{ name: 'default' }, signed] } });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const page = (path: string, query: string) => openPage(browser, `${server.playback}/${path}?muted=1&${query}`);
const accepted = (protocol: string) => server.metric(`headwater_plays_total{protocol="${protocol}",result="accepted"}`);

describe('the player page', () => {
  const players = new Map<string, OpenPage>();
  const player = (name: string) => players.get(name)!;
  const begun = new Map<string, PlayerReading>();
  let publisher: Child;

  beforeAll(async () => {
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    const webSocket = encodeURIComponent(`${server.playback.replace('http', 'ws')}/live/demo.flv`);
    const queries = {
      'LL-HLS': 'protocol=llhls',
      'plain HLS': 'protocol=hls',
      'HLS in MPEG-TS': 'protocol=hls&container=ts',
      'HTTP-FLV': 'protocol=flv',
      'FLV by WebSocket': `protocol=flv&flv=${webSocket}`,
    };
    for (const [name, query] of Object.entries(queries)) players.set(name, await page('live/demo', query));
    // Five pages that open at once may keep each other waiting; what counts is that they play on.
    for (const [name, { page }] of players) begun.set(name, await untilFrames(page, 30, 90_000));
  });

  afterAll(async () => {
    await publisher?.stop();
    for (const { close } of players.values()) await close();
  });

  const names = ['LL-HLS', 'plain HLS', 'HLS in MPEG-TS', 'HTTP-FLV', 'FLV by WebSocket'];

  const allUntil = async (state: string) => {
    const waits = names.map(async (name) => {
      const { page } = player(name);
      await untilState(page, state, 60_000).catch(() => undefined);
      return [name, (await readPlayer(page))?.state];
    });
    return Object.fromEntries(await Promise.all(waits));
  };

  it.each(names)('%s plays on', async (name) => {
    const { page, errors } = player(name);
    const { decodedFrames, stalls } = begun.get(name)!;
    const reading = await untilFrames(page, decodedFrames + FRAMES_WATCHED, 90_000);
    expect(reading.state).toBe('live');
    // Five players share two cores with the encoder: a starved moment may cost one a stall, standing still may not.
    expect(reading.stalls - stalls).toBeLessThanOrEqual(3);
    expect(errors).toEqual([]);
  });

  it.each(['LL-HLS', 'HTTP-FLV'])('%s returns to the newest picture when it has fallen behind', async (name) => {
    const { page } = player(name);
    const { beforeMs, lateMs, untilJumped } = await fallBehind(page, 6);
    expect(lateMs - beforeMs).toBeGreaterThan(4000);
    await untilJumped(3000);
    await until('it is back', async () => ((await readPlayer(page))?.latencyMs ?? Infinity) < beforeMs + 2500);
    await untilMoreFrames(page, 30);
  });

  it('goes on by itself after the publisher was lost and came back', async () => {
    const plays = [await accepted('flv'), await accepted('ws-flv')];
    await publisher.stop('SIGKILL');
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    await Promise.all(names.map((name) => untilMoreFrames(player(name).page, 75, 60_000)));
    expect(plays).toEqual([await accepted('flv'), await accepted('ws-flv')]);
    for (const name of names) expect([name, player(name).loads(), player(name).errors]).toEqual([name, 1, []]);
  });

  it('tells that the publisher is interrupted, while FLV viewers stay connected', async () => {
    const plays = await accepted('flv');
    await publisher.stop('SIGKILL');
    const { page } = player('HTTP-FLV');
    await untilState(page, 'waiting');
    await page.getByText('The publisher’s signal is interrupted').waitFor();
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    await untilState(page, 'live');
    expect(await accepted('flv')).toBe(plays);
  });

  it('says that the stream has ended, and plays by itself when it begins again', async () => {
    await publisher.stop('SIGINT');
    expect(await allUntil('ended')).toEqual(Object.fromEntries(names.map((name) => [name, 'ended'])));
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    expect(await allUntil('live')).toEqual(Object.fromEntries(names.map((name) => [name, 'live'])));
    await Promise.all(names.map((name) => untilMoreFrames(player(name).page, 30)));
    for (const name of names) expect([name, player(name).loads(), player(name).errors]).toEqual([name, 1, []]);
  });

  it('sends beacons, which the server counts', async () => {
    for (const protocol of ['llhls', 'hls', 'flv']) {
      const name = `headwater_player_startup_seconds_count{protocol="${protocol}"}`;
      await until(`${name} rises`, async () => ((await server.metric(name)) ?? 0) > 0, 60_000);
    }
  });

  it('changes the protocol by its menu', async () => {
    const { page: tab, errors, loads, close } = await page('live/demo', 'protocol=flv');
    await untilState(tab, 'live');
    for (const protocol of ['llhls', 'hls', 'flv']) {
      await tab.getByLabel('Protocol').selectOption(protocol);
      await untilState(tab, 'live');
      expect(await untilMoreFrames(tab, 30)).toMatchObject({ protocol });
    }
    expect([errors, loads()]).toEqual([[], 1]);
    await close();
  });

  it.each([
    ['HTTP-FLV', 'flv'],
    ['LL-HLS', 'llhls'],
  ])('%s plays however late its player comes and however often play was pressed', async (_name, protocol) => {
    const { page: tab, errors, close } = await openPage(browser, 'about:blank');
    const players = await holdPlayers(tab);
    await tab.goto(`${server.playback}/live/demo?muted=1&autoplay=0&protocol=${protocol}`);
    await tab.locator('button.big-play').click();
    await players.untilAsked();
    for (let press = 0; press < 3; press++) await tab.getByRole('button', { name: 'Play', exact: true }).click();
    players.release();
    await untilMoreFrames(tab, 30);
    expect(errors).toEqual([]);
    await close();
  });
});

describe('a stream that can’t be played yet', () => {
  it.each(['llhls', 'hls', 'flv'])('is waited for by %s', async (protocol) => {
    const { page: tab, errors, loads, close } = await page(`live/later-by-${protocol}s`, `protocol=${protocol}`);
    await tab.getByText('Waiting for the publisher').waitFor();
    const publisher = await publishTestPicture(server, `live/later-by-${protocol}s`, PICTURE);
    await untilState(tab, 'live');
    await untilMoreFrames(tab, 30);
    expect([errors, loads()]).toEqual([[], 1]);
    await publisher.stop();
    await close();
  });

  it.each(['llhls', 'hls', 'flv'])('is refused with the server’s reason, shown by %s', async (protocol) => {
    const url = `http://localhost:${server.playbackPort}/live/demo?muted=1&protocol=${protocol}`;
    const { page: tab, errors, close } = await openPage(browser, url);
    await tab.getByText('The server refused to play this stream').waitFor();
    await tab.getByText('INVALID AUTH_KEY').waitFor();
    await tab.getByText('Use a signed URL').waitFor();
    expect(await readPlayer(tab)).toMatchObject({ state: 'refused', decodedFrames: 0 });
    expect(errors).toEqual([]);
    await close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { startHeadwater } from '../support/headwater.ts';
import { type Headwater, publishTestPicture } from '../support/index.ts';
import { SMALL_TEMPLATES } from '../support/ladder.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { FlvViewer } from '../support/peers.ts';
import { view } from '../support/viewer-doors.ts';

const HOLD_SECONDS = 4;
const transcode = { templates: ['small'] };
const domain: NonNullable<RulesInput['domains']>[number] = {
  name: 'default',
  push: { auth: { type: 'no_auth' } },
  play: { auth: { type: 'no_auth' }, referer: { mode: 'allow', list: ['good.test'] } },
};

let server: Headwater;
let bare: Headwater;

beforeAll(async () => {
  const rules = {
    domains: [domain],
    streams: [
      { match: { stream: 'limited' }, delivery: { maxViewers: 2 }, transcode },
      { match: { stream: 'held' }, delivery: { holdSeconds: HOLD_SECONDS }, transcode },
    ],
    templates: SMALL_TEMPLATES,
  };
  server = await startHeadwater({ rules, env: NO_DATABASE });
  bare = await startHeadwater({ rules, env: { ...NO_DATABASE, HEADWATER_FFMPEG_PATH: '/nonexistent/ffmpeg' } });
});

afterAll(async () => {
  await server?.stop();
  await bare?.stop();
});

describe("a rendition's viewers are let in by the rules of its source", () => {
  it('counts them together with those of the source', async () => {
    const publisher = await publishTestPicture(server, 'live/limited');
    const open = (name: string) => FlvViewer.open(`${server.playback}/live/${name}.flv`);
    const first = await open('limited');
    const second = await open('limited_small');
    await expect(open('limited_small')).rejects.toThrow(/429/);
    await expect(open('limited')).rejects.toThrow(/429/);
    expect((await view(server, 'rtmp', { name: 'live/limited_small' })).answer).not.toBe('playing');
    await first.close();
    const third = await open('limited_small');
    for (const viewer of [second, third]) await viewer.close();
    await publisher.stop();
  });

  it('asks the same lists', async () => {
    const publisher = await publishTestPicture(server, 'live/limited');
    const status = async (name: string, referer: string) => {
      const abort = new AbortController();
      const headers = { referer };
      const response = await fetch(`${server.playback}/live/${name}.flv`, { headers, signal: abort.signal });
      abort.abort();
      return response.status;
    };
    expect(await status('limited', 'http://bad.test/')).toBe(403);
    expect(await status('limited_small', 'http://bad.test/')).toBe(403);
    expect(await status('limited_small', 'http://good.test/')).toBe(200);
    await publisher.stop();
  });

  it('holds their requests as long', async () => {
    const publisher = await publishTestPicture(bare, 'live/held');
    const askedMs = performance.now();
    const response = await fetch(`${bare.playback}/live/held_small.flv`);
    expect(response.status).toBe(404);
    expect(performance.now() - askedMs).toBeGreaterThan(HOLD_SECONDS * 900);
    await publisher.stop();
  });
});

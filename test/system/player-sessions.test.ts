import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, untilFrames } from '../support/browser.ts';
import { publishTestPicture, tempDir } from '../support/index.ts';
import { openServer } from '../support/peers.ts';

type Line = Record<string, unknown> & { readonly door: string; readonly watchedMs: number };

let home: Awaited<ReturnType<typeof tempDir>>;
let lines: Line[] = [];

/** The player page watches by both doors and leaves; the server stops. */
beforeAll(async () => {
  home = await tempDir('player-sessions');
  const dataDir = join(home.path, 'data');
  const server = await openServer([], { dataDir, env: { HEADWATER_AUDIENCE_ADDRESSES: 'whole' } });
  const browser = await openBrowser();
  try {
    await publishTestPicture(server, 'live/show', { fps: 15, gop: 30 });
    for (const protocol of ['flv', 'hls']) {
      const { page, close } = await openPage(browser, `${server.playback}/live/show?muted=1&protocol=${protocol}`);
      await untilFrames(page, 60);
      await page.goto('about:blank');
      await close();
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  const folder = join(dataDir, 'sessions');
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  lines = texts.flatMap((text) => text.trim().split('\n')).map((line) => JSON.parse(line));
});

afterAll(() => home?.remove());

describe('records of those who watch with the player page', () => {
  it.each(['flv', 'hls'])('has what the player said of itself, by %s', (door) => {
    const [line, ...more] = lines.filter((each) => each.door === door);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ stream: 'show', address: '127.0.0.1', stalls: expect.any(Number) });
    expect(line?.startupMs).toBeGreaterThan(0);
    expect(line?.agent).toMatch(/Chrome/);
    // Sixty pictures at fifteen a second.
    expect(line?.watchedMs).toBeGreaterThan(2500);
    expect(line?.watchedMs).toBeLessThan(Date.parse(String(line?.closedAt)) - Date.parse(String(line?.openedAt)));
  });
});

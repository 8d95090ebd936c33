import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTop, writeTop } from './top-file.ts';
import { TopTraffic } from './top-traffic.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const T0 = Date.UTC(2026, 0, 1, 12);

const bytesOf = (top: TopTraffic, sinceMs: number) =>
  top
    .since('stream', sinceMs)
    .domains.map(({ domain, totalBytes, top: [first] }) => [domain, totalBytes, first?.bytes]);

describe('TopTraffic', () => {
  it('ranks by what was sent since then, each domain by itself', () => {
    const top = new TopTraffic();
    top.add('a', 10, { stream: 'live/one' }, T0);
    top.add('a', 30, { stream: 'live/two' }, T0 + 20 * MINUTE_MS);
    top.add('b', 5, { stream: 'live/one' }, T0 + 20 * MINUTE_MS);
    expect(top.since('stream', T0).domains).toMatchObject([
      {
        domain: 'a',
        totalBytes: 40,
        top: [
          { value: 'live/two', bytes: 30 },
          { value: 'live/one', bytes: 10 },
        ],
      },
      { domain: 'b', totalBytes: 5 },
    ]);
    expect(bytesOf(top, T0 + 15 * MINUTE_MS)).toEqual([
      ['a', 30, 30],
      ['b', 5, 5],
    ]);
    expect(top.since('address', T0).domains[0]?.top).toEqual([]);
  });

  it('keeps a day, by the hour once an hour has passed', () => {
    const top = new TopTraffic();
    for (let minute = 0; minute < 26 * 60; minute += 10) {
      top.add('a', 1, { stream: 'live/one' }, T0 + minute * MINUTE_MS);
    }
    const nowMs = T0 + 26 * HOUR_MS;
    expect(bytesOf(top, nowMs - HOUR_MS)).toEqual([['a', 6, 6]]);
    const [[, day] = []] = bytesOf(top, nowMs - 24 * HOUR_MS);
    expect(day).toBeGreaterThanOrEqual(144);
    expect(day).toBeLessThanOrEqual(151);
    expect((top.toJson() as unknown[]).length).toBeLessThanOrEqual(33);
  });

  it('goes on after a restart, and does without a file that is damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headwater-top-'));
    try {
      const path = join(folder, 'top.json');
      const top = new TopTraffic();
      top.add('a', 10, { stream: 'live/one', agent: 'x' }, T0);
      await writeTop(path, top);
      expect((await readTop(path)).toJson()).toEqual(top.toJson());
      await writeFile(path, '{ not json');
      expect((await readTop(path)).toJson()).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HighWaterMarks } from './high-water-marks.ts';

const DAY_MS = 24 * 3600 * 1000;
let folder: string;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-marks-'));
  nowMs = 1_763_660_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => HighWaterMarks.open(folder, { now: () => nowMs });

describe('HighWaterMarks', () => {
  it('only rises, and has the exact value after a close', async () => {
    const marks = await open();
    expect(marks.get('a')).toBeUndefined();
    for (const value of [5, 9, 7]) marks.raise('a', value);
    expect(marks.get('a')).toBe(9);
    expect(() => marks.raise('a', 1.5)).toThrow(RangeError);
    await marks.close();
    const again = await open();
    expect(again.get('a')).toBe(9);
    again.raise('a', 3);
    expect(again.get('a')).toBe(9);
    await again.close();
    expect(statSync(join(folder, 'high-water-marks.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['high-water-marks.json']);
  });

  it('is never behind on disk, whenever it is killed', async () => {
    const marks = await open();
    for (let value = 1; value < 500; value++) {
      marks.raise('a', value);
      if (value % 10 === 1) await marks.flush();
      const afterCrash = await open();
      expect(afterCrash.get('a')).toBeGreaterThanOrEqual(value);
      expect(afterCrash.get('a')).toBeLessThanOrEqual(value + 64);
    }
    await marks.close();
  });

  it('forgets what was not used for 30 days', async () => {
    const marks = await open();
    marks.raise('old', 1);
    marks.raise('used', 1);
    await marks.close();
    nowMs += 29 * DAY_MS;
    const later = await open();
    later.raise('used', 1);
    await later.close();
    nowMs += 2 * DAY_MS;
    const last = await open();
    expect([last.get('old'), last.get('used')]).toEqual([undefined, 1]);
    await last.close();
  });

  it('refuses a damaged file', async () => {
    for (const text of ['', '{', '[]', '{"version":2,"marks":{}}', '{"version":1,"marks":{"a":"b"}}']) {
      writeFileSync(join(folder, 'high-water-marks.json'), text);
      await expect(open()).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
    }
  });
});

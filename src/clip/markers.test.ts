import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { encodeMarkerLine } from './marker-line.ts';
import { Markers } from './markers.ts';

const id = { domain: 'play.example.com', app: 'live', name: 'demo' };
const NOON = Date.parse('2026-11-29T12:00:00Z');
const HOUR = 3_600_000;
let dir: Awaited<ReturnType<typeof tempDir>>;
let folder = '';
let file = '';

beforeEach(async () => {
  dir = await tempDir('markers');
  folder = join(dir.path, 'demo');
  file = join(folder, '2026-11-29');
});
afterEach(() => dir.remove());

const open = () => new Markers({ folderOf: ({ name }) => join(dir.path, name), nowMs: () => NOON });
const at = (atWallMs: number, name = 'Goal', by = 'api') => ({ atWallMs, name, by });
const all = (markers: Markers) => markers.between(id, 0, Number.MAX_SAFE_INTEGER);
const names = async (markers: Markers) => (await all(markers)).map(({ name }) => name);

describe('Markers', () => {
  it('keeps what is set, by days, and has it in the order of time after a restart', async () => {
    const markers = open();
    expect(await all(markers)).toEqual([]);
    const late = await markers.set(id, at(NOON - 1000.4, 'late'));
    const early = await markers.set(id, at(NOON - 26 * HOUR, 'early', 'hotkey'));
    const middle = await markers.set(id, at(NOON - 5000, 'middle'));
    expect(late).toEqual({ id: expect.stringMatching(/^[\w-]{36}$/), atWallMs: NOON - 1000, name: 'late', by: 'api' });
    for (const each of [markers, open()]) expect(await all(each)).toEqual([early, middle, late]);
    const part = await markers.between(id, middle.atWallMs, late.atWallMs);
    expect(part).toEqual([middle]);
    expect(await markers.between({ ...id, name: 'other' }, 0, NOON)).toEqual([]);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
  });

  it('takes back', async () => {
    const markers = open();
    const first = await markers.set(id, at(NOON, 'first'));
    await markers.set(id, at(NOON, 'second'));
    expect(await markers.remove(id, first)).toBe(true);
    expect(await markers.remove(id, first)).toBe(false);
    for (const each of [markers, open()]) expect(await names(each)).toEqual(['second']);
  });

  it('loses none of many at once', async () => {
    const markers = open();
    await Promise.all(Array.from({ length: 50 }, (_, n) => markers.set(id, at(NOON - n, String(n)))));
    expect(await all(open())).toHaveLength(50);
  });

  it('has what is whole, wherever the file was cut, and goes on behind it', async () => {
    const markers = open();
    for (const name of ['one', 'two', 'drei ü']) await markers.set(id, at(NOON, name));
    const whole = await readFile(file);
    const secondEnd = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let length = secondEnd; length < whole.length; length++) {
      await writeFile(file, whole);
      await truncate(file, length);
      const cut = open();
      expect(await names(cut)).toEqual(['one', 'two']);
      await cut.set(id, at(NOON, 'x'));
      expect(await names(open())).toEqual(['one', 'two', 'x']);
    }
  });

  it('leaves out damaged lines, and those of a later release', async () => {
    const markers = open();
    for (const name of ['one', 'two', 'three']) await markers.set(id, at(NOON, name));
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('two', 'tvo'));
    await appendFile(file, 'ffffffff []\n\n\0\0\0\0\0\0\0\0\0\0\n');
    const damaged = open();
    expect(await names(damaged)).toEqual(['one', 'three']);
    await damaged.set(id, at(NOON, 'four'));
    expect(await names(open())).toEqual(['one', 'three', 'four']);
  });

  it('takes 10 000 a day', async () => {
    await mkdir(folder, { recursive: true });
    const line = (n: number) =>
      encodeMarkerLine({ kind: 'set', marker: { id: String(n), atWallMs: NOON, name: '', by: '' } });
    await writeFile(file, Array.from({ length: 9999 }, (_, n) => line(n)).join(''));
    const markers = open();
    await markers.set(id, at(NOON));
    const full = { name: 'ClipError', code: 'MARKERS_FULL', remedy: expect.any(String) };
    await expect(markers.set(id, at(NOON))).rejects.toMatchObject(full);
    await markers.set(id, at(NOON - 13 * HOUR));
  });

  it.each([NOON + 61_000, NOON - 401 * 24 * HOUR, Number.NaN, Number.POSITIVE_INFINITY, -1])(
    'refuses the time %s',
    async (time) => {
      await expect(open().set(id, at(time))).rejects.toMatchObject({ code: 'MARKER_TIME' });
    },
  );

  it('says that it cannot write, and goes on when it can', async () => {
    await writeFile(folder, 'a file in the way');
    const markers = open();
    await expect(markers.set(id, at(NOON, 'lost'))).rejects.toMatchObject({ code: 'MARKERS_UNWRITABLE' });
    await rm(folder);
    await markers.set(id, at(NOON, 'kept'));
    expect(await names(markers)).toEqual(['kept']);
  });

  it.each([
    ['lines', 'a\r\n b\u2028c\0', 'a b c'],
    ['blanks', '  \t ', ''],
    ['long ones', '\u{1F3C6}'.repeat(1000), '\u{1F3C6}'.repeat(200)],
    ['half characters', 'a\ud83c', 'a'],
  ])('makes names of one line: %s', async (_, given, name) => {
    const markers = open();
    await markers.set(id, at(NOON, given, given));
    expect(await names(open())).toEqual([name]);
  });

  it('removes a day, and the folder with the last one', async () => {
    const markers = open();
    await markers.set(id, at(NOON, 'today'));
    await markers.set(id, at(NOON - 24 * HOUR, 'yesterday'));
    expect(await markers.days(id)).toEqual(['2026-11-28', '2026-11-29']);
    await markers.removeDay(id, '2026-11-28');
    expect(await names(markers)).toEqual(['today']);
    await markers.removeDay(id, '2026-11-29');
    expect([await all(markers), await markers.days(id)]).toEqual([[], []]);
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    await markers.set(id, at(NOON, 'again'));
    expect(await names(open())).toEqual(['again']);
  });
});

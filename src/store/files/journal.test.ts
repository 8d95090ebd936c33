import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal, type JournalOptions } from './journal.ts';
import { decodeSegment, encodeRecord } from './journal-record.ts';

interface Entry {
  readonly text: string;
  readonly opens?: string;
  readonly closes?: string;
}

const messages: string[] = [];
const take = (_fields: object, message: string) => void messages.push(message);
const log = { info: take, warn: take, error: take };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headwater-journal-'));
  messages.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (options: Partial<JournalOptions<Entry>> = {}, folder = join(root, 'journal')) =>
  Journal.open<Entry>({
    folder,
    log,
    bracket: ({ opens, closes }) => (opens !== undefined ? { opens } : closes !== undefined ? { closes } : undefined),
    ...options,
  });
const texts = (journal: Journal<Entry>) => journal.readAll().map(({ sequence, entry }) => `${sequence}${entry.text}`);
const segments = () => readdirSync(join(root, 'journal')).filter((name) => name.endsWith('.log'));

describe('encodeRecord and decodeSegment', () => {
  it('give back any entry', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (entries) => {
        const records = entries.map((entry, index) => ({ sequence: index + 1, entry }));
        const bytes = Buffer.concat(records.map(encodeRecord));
        const content = decodeSegment(bytes);
        expect(content.records).toEqual(JSON.parse(JSON.stringify(records)));
        expect(content).toMatchObject({ validBytes: bytes.length, damagedLines: 0 });
      }),
    );
  });

  it('find a single changed byte anywhere, and go on with the next line', () => {
    const lines = ['a', 'bb', 'ccc'].map((text, index) => encodeRecord({ sequence: index + 1, entry: { text } }));
    const [first, second, third] = lines as [Buffer, Buffer, Buffer];
    for (let at = 0; at < second.length; at++) {
      for (const bit of [1, 0x20]) {
        const bytes = Buffer.concat([first, second, third]);
        bytes.writeUInt8(bytes.readUInt8(first.length + at) ^ bit, first.length + at);
        const content = decodeSegment(bytes);
        // Without its newline the second line runs into the third.
        const kept = at === second.length - 1 ? [1] : [1, 3];
        expect(content.records.map(({ sequence }) => sequence)).toEqual(kept);
      }
    }
  });
});

describe('Journal', () => {
  it('keeps entries and numbers over a restart, and writes those of a tick together', async () => {
    let writes = 0;
    const journal = await open({ beforeWrite: () => writes++ });
    const numbers = await Promise.all(['a', 'b', 'c'].map((text) => journal.append({ text })));
    expect(numbers).toEqual([1, 2, 3]);
    expect(writes).toBe(1);
    await journal.close();
    await journal.close();
    await expect(journal.append({ text: 'late' })).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' });
    const again = await open();
    expect(texts(again)).toEqual(['1a', '2b', '3c']);
    expect(await again.append({ text: 'd' })).toBe(4);
    await again.close();
  });

  it('cuts a tail torn at any byte, keeps what was before it, and appends behind it', async () => {
    const journal = await open();
    await journal.append({ text: 'first' });
    await journal.append({ text: 'second' });
    await journal.close();
    const [name] = segments();
    const bytes = readFileSync(join(root, 'journal', name!));
    const whole = bytes.indexOf('\n') + 1;
    for (let length = whole; length < bytes.length; length++) {
      const folder = join(root, `torn-${length}`);
      await (await open({}, folder)).close();
      writeFileSync(join(folder, name!), bytes.subarray(0, length));
      const torn = await open({}, folder);
      expect(texts(torn)).toEqual(['1first']);
      expect(await torn.append({ text: 'third' })).toBe(2);
      await torn.close();
      const after = await open({}, folder);
      expect(texts(after)).toEqual(['1first', '2third']);
      await after.close();
    }
    expect(messages).toContain('journal had a torn tail, cut');
  });

  it('does not grow, and its numbers never go back', async () => {
    const journal = await open({ segmentBytes: 200 });
    for (let index = 0; index < 30; index++) await journal.append({ text: `${index}` });
    expect(segments().length).toBeGreaterThan(5);
    await journal.acknowledge(29);
    expect(segments().length).toBeLessThanOrEqual(1);
    expect(texts(journal)).toEqual(['3029']);
    await journal.acknowledge(30);
    await journal.acknowledge(5);
    await journal.close();
    await (await open()).close();
    expect(segments()).toEqual([]);
    const again = await open();
    expect(await again.append({ text: 'next' })).toBe(31);
    await again.close();
  });

  it('remembers what is open although acknowledged', async () => {
    const journal = await open();
    for (const opens of ['x', 'y', 'z']) await journal.append({ text: 'open', opens });
    await journal.append({ text: 'close', closes: 'x' });
    await journal.acknowledge(4);
    await journal.append({ text: 'close', closes: 'y' });
    await journal.close();
    const again = await open();
    expect(again.openBrackets()).toEqual([{ text: 'open', opens: 'z' }]);
    await again.append({ text: 'close', closes: 'z' });
    await again.acknowledge(6);
    expect(again.openBrackets()).toEqual([]);
    await again.close();
  });

  it('keeps entries in memory while the disk fails, up to its bound, and writes them later', async () => {
    let isFull = true;
    const beforeWrite = () => {
      if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    const journal = await open({ beforeWrite, retryMs: 10, maxWaitingBytes: 150 });
    const first = journal.append({ text: 'a' });
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    expect(journal.failure).toContain('no space left');
    const second = journal.append({ text: 'b' });
    await expect(journal.append({ text: 'x'.repeat(200) })).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    expect(texts(journal)).toEqual(['1a', '2b']);
    // The database has the first one, so it need not reach the disk.
    await journal.acknowledge(1);
    expect(await first).toBe(1);
    isFull = false;
    expect(await second).toBe(2);
    expect(journal.failure).toBeUndefined();
    await journal.close();
    expect(messages.filter((message) => message.startsWith('journal can'))).toEqual([
      'journal cannot be written, entries wait in memory',
      'journal can be written again',
    ]);
    const again = await open();
    expect(texts(again)).toEqual(['2b']);
    await again.close();
  });

  it('rejects what it could not write when it is closed', async () => {
    const journal = await open({
      beforeWrite: () => {
        throw new Error('broken');
      },
    });
    const lost = journal.append({ text: 'a' });
    await Promise.all([expect(lost).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' }), journal.close()]);
  });

  it('belongs to one at a time', async () => {
    const journal = await open();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await journal.close();
    writeFileSync(join(root, 'journal', 'lock'), JSON.stringify({ host: 'x', pid: 2 ** 30, started: '' }));
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });

  it('refuses a damaged position file', async () => {
    await (await open()).close();
    writeFileSync(join(root, 'journal', 'position.json'), '{');
    await expect(open()).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
  });
});

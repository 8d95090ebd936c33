import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { type FileReading, parseRulesText, RulesFile, type RulesFileOptions } from './rules-file.ts';

let folder = '';
let file = '';
const opened: RulesFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-rules-file-'));
  file = join(folder, 'mine.yml');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(opened.splice(0).map((each) => each.close()));
  rmSync(folder, { recursive: true });
});

async function follow(options: Partial<RulesFileOptions> = {}) {
  const events = new EventEmitter();
  const readings: FileReading[] = [];
  const onReading = (reading: FileReading) => {
    readings.push(reading);
    events.emit('reading', reading);
  };
  opened.push(await RulesFile.open({ file, onReading, ...options }));
  const next = async () => (await once(events, 'reading'))[0] as FileReading;
  return { readings, next };
}

/** RulesFile asks for the time only where it finds its file empty. */
async function untilFoundEmpty(times: number, { mock: { calls } }: MockInstance<() => number>): Promise<void> {
  const before = calls.length;
  await vi.waitUntil(() => calls.length >= before + times, { timeout: 10_000, interval: 5 });
}

describe('parseRulesText', () => {
  it.each<[string, string, FileReading]>([
    ['YAML', 'unknownHosts: refuse', { ok: true, document: { unknownHosts: 'refuse' } }],
    ['JSON', '{"streams":[]}', { ok: true, document: { streams: [] } }],
    ['an empty object', '{}', { ok: true, document: {} }],
  ])('reads %s', (_, text, expected) => expect(parseRulesText(text)).toEqual(expected));

  it.each([
    ['nothing', '', '', /empty/],
    ['a comment', '# none', '', /empty/],
    ['a key twice', 'a: 1\nb: 1\na: 2', 'line 3', /unique/],
    ['what does not end', 'a: 1\nb: [', 'line 2', /correct the YAML/],
    ['a name without its anchor', 'a: *b', '', /correct the YAML/],
    [
      'names that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]`,
      '',
      /correct the YAML/,
    ],
  ])('refuses %s', (_, text, path, message) => {
    expect(parseRulesText(text)).toMatchObject({
      ok: false,
      errors: [{ path, message: expect.stringMatching(message) }],
    });
  });
});

describe('what is said of a text that is no YAML', () => {
  it.each([
    'domains:\n  - name: a\n    push: { auth: { key1: a } }\ns3cr3t',
    'key1: !s3cr3t a',
    'key1: *s3cr3t',
    'key1: | s3cr3t\n',
    '"key1" "s3cr3t"',
    "key1: 's3cr3t\n",
  ])('shows nothing of the text %j', (text) => {
    const reading = parseRulesText(text);
    expect(reading.ok).toBe(false);
    expect(JSON.stringify(reading)).not.toContain('s3cr3t');
    expect(JSON.stringify(reading)).toContain('correct the YAML');
  });
});

describe('RulesFile', () => {
  it('reads at once, and says when there is nothing to read', async () => {
    const { readings, next } = await follow({ settleMs: 1 });
    expect(readings).toMatchObject([{ ok: false }]);
    const reading = next();
    writeFileSync(file, 'a: 1');
    expect(await reading).toEqual({ ok: true, document: { a: 1 } });
  });

  it('says nothing of a file that is empty while it is being written', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
    writeFileSync(file, 'a: 1');
    const { readings, next } = await follow({ sweepMs: 3_600_000 });
    const reading = next();
    writeFileSync(file, '');
    await untilFoundEmpty(1, clock);
    clock.mockReturnValue(2999);
    await untilFoundEmpty(1, clock);
    writeFileSync(file, 'a: 2');
    expect(await reading).toEqual({ ok: true, document: { a: 2 } });
    expect(readings).toHaveLength(2);
  });

  it('says that a file is empty when it stayed so for two seconds', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
    writeFileSync(file, 'a: 1');
    const { next } = await follow({ sweepMs: 3_600_000 });
    const reading = next();
    writeFileSync(file, '');
    await untilFoundEmpty(3, clock);
    clock.mockReturnValue(3000);
    expect(await reading).toMatchObject({ ok: false, errors: [{ message: expect.stringContaining('empty') }] });
  });

  it('sees the last of many edits that follow each other closely', async () => {
    writeFileSync(file, 'a: 0');
    const { next } = await follow({ settleMs: 1, sweepMs: 3_600_000 });
    for (let value = 1; value <= 20; value++) {
      const reading = next();
      writeFileSync(file, `a: ${value}`);
      expect(await reading).toEqual({ ok: true, document: { a: value } });
    }
  });

  it('does not report a file that was touched but not changed', async () => {
    writeFileSync(file, 'a: 1');
    const { readings, next } = await follow({ settleMs: 1 });
    const reading = next();
    renameSync(file, `${file}.old`);
    writeFileSync(`${file}.new`, 'a: 1');
    renameSync(`${file}.new`, file);
    writeFileSync(file, 'a: 2');
    await reading;
    expect(readings.filter(({ ok }) => ok)).toHaveLength(2);
  });

  it('notices that a link of its path was swapped, as in a mounted ConfigMap', async () => {
    for (const [name, value] of [
      ['..one', 1],
      ['..two', 2],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'mine.yml'), `a: ${value}`);
    }
    symlinkSync('..one', join(folder, '..data'));
    symlinkSync('..data/mine.yml', file);
    const { readings, next } = await follow({ settleMs: 1, sweepMs: 20 });
    expect(readings).toEqual([{ ok: true, document: { a: 1 } }]);
    const reading = next();
    symlinkSync('..two', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    expect(await reading).toEqual({ ok: true, document: { a: 2 } });
  });
});

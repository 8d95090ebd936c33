import { EventEmitter, once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { CompiledRules } from './compiled-rules.ts';
import { initialRules } from './initial-rules.ts';
import { type NewRevision, type Revision, RevisionConflictError, type RevisionStore } from './revision-store.ts';
import { type Refusal, RulesSource, type RulesSourceOptions } from './rules-source.ts';
import type { RulesInput } from './schema.ts';

const KEY = '0123456789abcdef';
const BY = { author: 'me', reason: 'test' };

let folder = '';
let rulesFile = '';
const opened: RulesSource[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-rules-'));
  rulesFile = join(folder, 'mine.yml');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  rmSync(folder, { recursive: true });
});

/** A store as a database keeps it: revisions as JSON, one sequence, listeners told later. */
class Revisions implements RevisionStore {
  readonly all: (Omit<Revision, 'document'> & { json: string })[] = [];
  away: Error | undefined;
  readonly #events = new EventEmitter();

  async append({ base, document, author, reason }: NewRevision): Promise<number> {
    await this.#answer();
    if (base !== this.all.length) throw new RevisionConflictError(this.all.length);
    this.all.push({ number: base + 1, json: JSON.stringify(document), author, reason });
    setImmediate(() => this.announce());
    return base + 1;
  }

  async latest(): Promise<Revision | undefined> {
    await this.#answer();
    const last = this.all.at(-1);
    return last && { ...last, document: JSON.parse(last.json) as unknown };
  }

  onNewRevision(listener: () => void): () => void {
    this.#events.on('revision', listener);
    return () => this.#events.off('revision', listener);
  }

  announce(): void {
    this.#events.emit('revision');
  }

  async #answer(): Promise<void> {
    await new Promise(setImmediate);
    if (this.away !== undefined) throw this.away;
  }
}

type Extras = Partial<RulesSourceOptions>;

async function start(extras: Extras = {}) {
  const events = new EventEmitter();
  const refusals: Refusal[] = [];
  const failures: Error[] = [];
  const source = await RulesSource.open({
    dataDir: join(folder, 'data'),
    initial: () => initialRules({ pushKey: KEY, streamKey: KEY }),
    settleMs: 1,
    onRefused: (refusal) => {
      refusals.push(refusal);
      events.emit('refused', refusal);
    },
    onFailure: (error) => failures.push(error),
    ...extras,
  });
  source.onChange((rules) => events.emit('change', rules));
  opened.push(source);
  const changed = async () => (await once(events, 'change'))[0] as CompiledRules;
  const refused = async () => (await once(events, 'refused'))[0] as Refusal;
  return { source, refusals, failures, changed, refused };
}

const write = (rules: RulesInput) => writeFileSync(rulesFile, stringify(rules));
const domains = (source: RulesSource) => source.current().rules.domains.map(({ name }) => name);
const saved = () => JSON.parse(readFileSync(join(folder, 'data/rules.json'), 'utf8')) as Record<string, unknown>;
const partMs = (rules: CompiledRules) => rules.settingsFor('d', 'a', 's').hls.partMs;

describe('RulesSource.open', () => {
  it('starts from the initial rules and saves them where only the owner reads', async () => {
    const { source } = await start();
    expect(source.current().domainForIngestHost('x')?.push.auth.key1).toBe(KEY);
    expect(statSync(join(folder, 'data/rules.json')).mode & 0o777).toBe(0o600);
  });

  it('starts from what was saved, and asks for initial rules only once', async () => {
    const first = await start();
    await first.source.apply({ domains: [{ name: 'kept.test' }] }, BY);
    await first.source.close();
    const initial = () => expect.unreachable();
    const { source } = await start({ initial });
    expect(domains(source)).toEqual(['kept.test']);
    expect(source.current().revision).toBe(1);
  });

  it('says that a saved file is broken, puts it aside and starts nevertheless', async () => {
    const first = await start();
    await first.source.close();
    writeFileSync(join(folder, 'data/rules.json'), '{"format":1,');
    const { source, refusals } = await start();
    expect(refusals).toMatchObject([{ source: 'saved' }]);
    expect(domains(source)).toEqual(['default']);
    expect(readFileSync(join(folder, 'data/rules.json.refused'), 'utf8')).toBe('{"format":1,');
  });

  it('narrows the mode of a saved file that was open to others', async () => {
    const { source } = await start();
    chmodSync(join(folder, 'data/rules.json'), 0o644);
    await source.apply({}, BY);
    expect(statSync(join(folder, 'data/rules.json')).mode & 0o777).toBe(0o600);
  });

  it('keeps the objects of a rules file that has become wrong or has gone', async () => {
    write({ domains: [{ name: 'file.test' }] });
    await (await start({ rulesFile })).source.close();
    for (const spoil of [() => writeFileSync(rulesFile, 'domains: 3'), () => rmSync(rulesFile)]) {
      spoil();
      const { source, refusals } = await start({ rulesFile });
      expect(refusals).toMatchObject([{ source: 'file' }]);
      expect(domains(source)).toEqual(['default', 'file.test']);
      await source.close();
    }
    expect(domains((await start()).source)).toEqual(['default']);
  });
});

describe('RulesSource.apply', () => {
  it('takes a document whole or not at all', async () => {
    const { source } = await start();
    const before = source.current();
    const result = await source.apply({ domains: [{ name: 'a.test' }], streamz: [] }, BY);
    expect(result).toMatchObject({ ok: false, code: 'INVALID', errors: [{ path: 'streamz', nearest: 'streams' }] });
    expect(source.current()).toBe(before);
    expect(saved().revision).toBe(0);
  });

  it('counts revisions without a store too, and refuses a change to an older one', async () => {
    const { source, changed } = await start();
    const change = changed();
    const result = await source.apply({ domains: [{ name: 'a.test' }] }, { ...BY, base: 0 });
    expect(await change).toBe(source.current());
    expect(result).toMatchObject({ ok: true, shadowed: [] });
    expect(await source.apply({}, { ...BY, base: 0 })).toMatchObject({ ok: false, code: 'CONFLICT' });
    expect(domains(source)).toEqual(['a.test']);
    expect(saved()).toMatchObject({ revision: 1, api: { domains: [{ name: 'a.test' }] } });
  });

  it('does not count what cannot be saved when there is nothing but the disk', async () => {
    writeFileSync(join(folder, 'occupied'), '');
    const { source, failures } = await start({ dataDir: join(folder, 'occupied') });
    expect(await source.apply({ domains: [{ name: 'a.test' }] }, BY)).toMatchObject({ ok: false, code: 'UNAVAILABLE' });
    expect(domains(source)).toEqual(['default']);
    expect(failures.length).toBeGreaterThan(0);
  });

  it('goes on when a listener throws', async () => {
    const { source, failures } = await start();
    const heard: number[] = [];
    source.onChange(() => {
      throw new Error('mine');
    });
    const stop = source.onChange(({ revision }) => heard.push(revision));
    await source.apply({}, BY);
    stop();
    await source.apply({}, BY);
    expect([heard, failures.map(({ message }) => message)]).toEqual([[1], ['mine', 'mine']]);
  });
});

describe('the two documents', () => {
  it('are merged by identity; the file wins, and what it drops is gone or as it was', async () => {
    write({
      domains: [{ name: 'Both.test', limits: { viewers: 1 } }, { name: 'file.test' }],
      streams: [{ match: { app: 'a' }, hls: { partMs: 111 } }],
    });
    const { source, changed } = await start({ rulesFile });
    const result = await source.apply(
      {
        domains: [{ name: 'both.test', limits: { viewers: 2 } }, { name: 'api.test' }],
        streams: [{ match: { app: 'a' }, hls: { partMs: 222 } }],
        unknownHosts: 'refuse',
      },
      BY,
    );
    expect(result).toMatchObject({
      shadowed: [
        { kind: 'domains', identity: 'both.test' },
        { kind: 'streams', identity: '* a *' },
      ],
    });
    const rules = source.current();
    expect(domains(source)).toEqual(['api.test', 'both.test', 'file.test']);
    expect(rules.domain('both.test')?.limits.viewers).toBe(1);
    expect(['api.test', 'both.test', 'file.test'].map((name) => rules.originOf('domains', name))).toEqual([
      'api',
      'file',
      'file',
    ]);
    expect([partMs(rules), rules.rules.unknownHosts]).toEqual([111, 'refuse']);
    const change = changed();
    writeFileSync(rulesFile, '{}');
    expect(partMs(await change)).toBe(222);
    expect(domains(source)).toEqual(['both.test', 'api.test']);
    expect(source.current().domain('both.test')?.limits.viewers).toBe(2);
    expect(source.current().originOf('domains', 'both.test')).toBe('api');
  });

  it('give no open default domain because the file names no domain', async () => {
    write({ streams: [] });
    const { source } = await start({ rulesFile });
    expect(source.current().domain('default')?.push.auth.type).toBe('type_a');
  });

  it('are refused together when they contradict each other', async () => {
    write({ domains: [{ name: 'file.test', ingest: ['push.test'] }] });
    const { source } = await start({ rulesFile });
    const result = await source.apply({ domains: [{ name: 'api.test', ingest: ['push.test'] }] }, BY);
    expect(result).toMatchObject({ ok: false, code: 'INVALID' });
  });

  it('are tried again when the one that was in the way changes', async () => {
    const host = (name: string) => ({ domains: [{ name, ingest: ['push.test'] }] });
    write({});
    const store = new Revisions();
    const { source, refused, changed } = await start({ rulesFile, store });
    await source.apply(host('api.test'), BY);
    const refusal = refused();
    write(host('file.test'));
    expect(await refusal).toMatchObject({ source: 'file' });
    await source.apply({ domains: [] }, BY);
    expect(domains(source)).toEqual(['file.test']);
    const second = refused();
    await store.append({ base: 3, document: { ...source.apiDocument(), ...host('api.test') } as never, ...BY });
    expect(await second).toMatchObject({ source: 'database' });
    const change = changed();
    writeFileSync(rulesFile, '{}');
    await change;
    await source.refresh();
    expect(domains(source)).toEqual(['api.test']);
  });
});

describe('the rules file', () => {
  const inPlace = (text: string) => writeFileSync(rulesFile, text);
  const byRename = (text: string) => {
    writeFileSync(`${rulesFile}.new`, text);
    renameSync(`${rulesFile}.new`, rulesFile);
  };
  const byRemoval = (text: string) => {
    rmSync(rulesFile);
    writeFileSync(rulesFile, text);
  };

  it.each([
    ['in place', inPlace],
    ['by renaming', byRename],
    ['by removing it first', byRemoval],
  ])('is followed when it is edited %s', async (_, edit) => {
    write({});
    const { source, changed } = await start({ rulesFile, settleMs: 20 });
    for (const value of [200, 201, 202]) {
      const change = changed();
      edit(stringify({ streams: [{ hls: { partMs: value } }] }));
      expect(partMs(await change)).toBe(value);
    }
    expect(source.current().originOf('streams', '* * *')).toBe('file');
  });

  it.each([
    ['wrong YAML', 'streams: [', /YAML/],
    ['an unknown key', 'streams: [{ hls: { partMS: 200 } }]', /partMs/],
    ['nothing', '', /empty/],
  ])('is refused whole for %s, and taken again once it is right', async (_, text, message) => {
    write({ streams: [{ hls: { partMs: 200 } }] });
    const { source, refused, changed } = await start({ rulesFile });
    const refusal = refused();
    inPlace(text);
    expect((await refusal).errors[0]?.message).toMatch(message);
    expect(partMs(source.current())).toBe(200);
    const change = changed();
    byRename(stringify({ streams: [{ hls: { partMs: 201 } }] }));
    expect(partMs(await change)).toBe(201);
  });

  it('that disappears leaves its rules where they are', async () => {
    write({ streams: [{ hls: { partMs: 200 } }] });
    const { source, refused } = await start({ rulesFile });
    const refusal = refused();
    rmSync(rulesFile);
    expect((await refusal).errors[0]?.message).toMatch(/no such file/);
    expect(partMs(source.current())).toBe(200);
  });

  it('is reloaded a thousand times under a reader who never sees half of it', async () => {
    const revision = (value: number) =>
      stringify({
        domains: [{ name: `d${value}.test`, limits: { viewers: value } }],
        streams: [{ hls: { partMs: 100 + (value % 900) } }],
        streamKeys: [{ id: `k${value}`, key: KEY }],
      });
    inPlace(revision(0));
    const { source, changed, refusals } = await start({ rulesFile });
    let reading = true;
    let reads = 0;
    const seen = new Set<number>();
    const reader = (async () => {
      while (reading) {
        const rules = source.current();
        const value = rules.rules.domains.at(-1)?.limits.viewers ?? -1;
        expect(rules.domainForPlaybackHost(`d${value}.test`)?.limits.viewers).toBe(value);
        expect(partMs(rules)).toBe(100 + (value % 900));
        expect(rules.streamKeysFor('default', 'a', 's').map(({ id }) => id)).toEqual([`k${value}`, 'first']);
        seen.add(value);
        reads++;
        await new Promise(setImmediate);
      }
    })();
    for (let value = 1; value <= 1000; value++) {
      const change = changed();
      byRename(revision(value));
      await change;
    }
    reading = false;
    await reader;
    expect(source.current().domain('d1000.test')).toBeDefined();
    expect(reads).toBeGreaterThan(1000);
    expect(seen.size).toBeGreaterThan(900);
    expect(refusals).toEqual([]);
  }, 120_000);
});

describe('the revision store', () => {
  it('gets our rules when it is empty, and every change with author and reason', async () => {
    const store = new Revisions();
    const { source } = await start({ store });
    await source.apply({ domains: [{ name: 'a.test' }] }, BY);
    expect(store.all.map(({ number, author, reason }) => [number, author, reason])).toEqual([
      [1, 'headwater', 'first revision'],
      [2, 'me', 'test'],
    ]);
    expect(source.current().revision).toBe(2);
    expect(saved().revision).toBe(2);
  });

  it('carries a change from one node to the other, each with its own rules file', async () => {
    const store = new Revisions();
    write({ domains: [{ name: 'file.test' }] });
    const one = await start({ store, dataDir: join(folder, 'one'), rulesFile });
    const two = await start({ store, dataDir: join(folder, 'two') });
    const change = two.changed();
    await one.source.apply({ domains: [{ name: 'a.test' }] }, BY);
    expect((await change).revision).toBe(2);
    expect(domains(one.source)).toEqual(['a.test', 'file.test']);
    expect(domains(two.source)).toEqual(['a.test']);
  });

  it('lets one of two changes at once win', async () => {
    const store = new Revisions();
    const one = await start({ store, dataDir: join(folder, 'one') });
    const two = await start({ store, dataDir: join(folder, 'two') });
    const results = await Promise.all([
      one.source.apply({ domains: [{ name: 'one.test' }] }, BY),
      two.source.apply({ domains: [{ name: 'two.test' }] }, BY),
    ]);
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true]);
    await Promise.all([one.source.refresh(), two.source.refresh()]);
    expect(domains(one.source)).toEqual(domains(two.source));
  });

  it('may be away: the node starts from its disk, refuses changes, and catches up', async () => {
    const store = new Revisions();
    const first = await start({ store });
    await first.source.apply({ domains: [{ name: 'a.test' }] }, BY);
    await first.source.close();
    store.away = new Error('connection refused');
    const { source, failures } = await start({ store });
    expect(domains(source)).toEqual(['a.test']);
    expect(failures).toEqual([store.away]);
    expect(await source.apply({}, BY)).toMatchObject({ ok: false, code: 'UNAVAILABLE' });
    store.away = undefined;
    await source.refresh();
    expect(await source.apply({ domains: [{ name: 'b.test' }] }, BY)).toMatchObject({ ok: true });
    store.away = new Error('gone again');
    expect(await source.apply({}, BY)).toMatchObject({ ok: false, code: 'UNAVAILABLE' });
    expect(domains(source)).toEqual(['b.test']);
  });

  it('is believed over changes made before it was attached', async () => {
    const store = new Revisions();
    await (await start({ store, dataDir: join(folder, 'other') })).source.apply({ domains: [{ name: 'a.test' }] }, BY);
    const { source } = await start();
    await source.apply({ domains: [{ name: 'mine.test' }] }, BY);
    await source.apply({ domains: [{ name: 'mine.test' }] }, BY);
    await source.attachStore(store);
    expect(domains(source)).toEqual(['a.test']);
  });

  it('may hold what this version cannot read: the old rules stay', async () => {
    const store = new Revisions();
    const { source, refused } = await start({ store });
    const refusal = refused();
    store.all.push({ number: 2, json: '{"weather":[]}', author: 'newer', reason: '' });
    store.announce();
    expect(await refusal).toMatchObject({ source: 'database', errors: [{ path: 'weather' }] });
    expect(domains(source)).toEqual(['default']);
  });
});

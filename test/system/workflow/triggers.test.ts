// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written so.
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/jobs/index.ts';
import { type TriggeredWork, Triggers, triggerSettings, watchTriggers } from '../../../src/workflow/index.ts';
import { ffprobe, makeFilm } from '../../support/media.ts';
import { until } from '../../support/until.ts';
import { openWorkflowBench } from './helpers.ts';

/** The lab of Function Compute: a new object becomes an FLV. */
const TO_FLV = readFileSync('docs/workflows/to-flv.yml', 'utf8');

/** Why somebody may set off nothing. */
const denials = new Map<string, string>();
let triggers: Triggers;
let bench: Awaited<ReturnType<typeof openWorkflowBench>>;
let film: string;
beforeAll(async () => {
  bench = await openWorkflowBench({ guard: (run, target) => triggers.guard(run, target) });
  const { workflows, media } = bench;
  triggers = new Triggers({
    ...{ tables: bench.triggerTables, workflows, storages: media.storages, roots: [media.root] },
    denial: (author) => denials.get(author),
  });
  film = await makeFilm(join(media.root, 'film.mp4'), { seconds: 2 });
  mkdirSync(join(media.disk, 'source'));
  mkdirSync(join(media.root, 'drop'));
  await workflows.create(TO_FLV, 'ann');
  bench.worker();
});
afterAll(() => bench.close());

const input = { source: '${event.source}', outputStorage: 'disk', outputPrefix: 'dest/' };
const put = (settings: object, more: object = {}) =>
  triggers.put({
    ...{ workflow: 'to-flv', isEnabled: true, author: 'ann', ...more },
    settings: triggerSettings.parse({ input, ...settings }),
  });
const refuse = () => {
  throw new Error('not you');
};
const event = (key: string, more: object = {}) => ({
  events: [{ eventName: 'ObjectCreated:PutObject', oss: { bucket: { name: 'films' }, object: { key } }, ...more }],
});
const ofEvents = { kind: 'event', storage: 'disk', bucket: 'films', prefix: 'source/', suffix: '.mp4' };

describe('an event of Object Storage Service', () => {
  it('makes an FLV in dest of a new object, once', async () => {
    const { id } = await put(ofEvents);
    copyFileSync(film, join(bench.media.disk, 'source/film.mp4'));
    const [fired] = await triggers.take(id, event('source/film.mp4'));
    expect(fired).toMatchObject({ object: 'source/film.mp4', run: expect.any(String) });
    const job = await bench.ended(fired!.run!);
    expect(job.failure).toBeUndefined();
    const { format, streams } = await ffprobe(join(bench.media.disk, 'dest/film.flv'));
    expect(format.format_name).toBe('flv');
    expect(streams[0]).toMatchObject({ codec_name: 'h264', nb_read_packets: '50' });
    const again = await triggers.take(id, event('source/film.mp4'));
    expect(again).toEqual([{ object: 'source/film.mp4', ignored: 'it has set off a run already' }]);
    const others = [
      event('source/film.mov'),
      event('source/film.mp4', { oss: { bucket: { name: 'x' }, object: { key: 'source/film.mp4' } } }),
      event('source/film.mp4', { eventName: 'ObjectRemoved:DeleteObject' }),
      event('source/none.mp4'),
    ];
    for (const other of others) expect((await triggers.take(id, other))[0]).toHaveProperty('ignored');
    await triggers.remove(id);
  });
});

describe('a trigger', () => {
  it('is refused with a leading slash, where it overlaps, and where it would set off itself', async () => {
    expect(() => triggerSettings.parse({ ...ofEvents, prefix: '/source/' })).toThrow('must not begin with /');
    const { id } = await put(ofEvents);
    const overlapping = { kind: 'prefix', storage: 'disk', prefix: 'source/new/', suffix: 'x.mp4' };
    await expect(put(overlapping)).rejects.toMatchObject({ code: 'TRIGGER_OVERLAPS' });
    const apart = await put({ ...overlapping, suffix: '.mov' });
    await expect(put({ kind: 'prefix', storage: 'disk', prefix: 'dest/', suffix: '.flv' })).rejects.toMatchObject({
      code: 'TRIGGER_LOOPS',
    });
    await expect(put({ kind: 'folder', folder: '/etc' })).rejects.toMatchObject({ code: 'TRIGGER_INVALID' });
    for (const each of [id, apart.id]) await triggers.remove(each);
  });

  it('has the rights that its author has now, and says what it was about to do', async () => {
    const asked: TriggeredWork[] = [];
    const { id } = await put({ ...ofEvents, prefix: 'rights/' }, { permit: (work: TriggeredWork) => asked.push(work) });
    const named = JSON.stringify(asked[0]!.steps.map((step) => step.input));
    expect(asked[0]!.pipeline).toBe('default');
    for (const name of ['"object":"rights/*.mp4"', '"prefix":"dest/"']) expect(named).toContain(name);
    const refusing = put({ ...ofEvents, prefix: 'other/' }, { permit: refuse });
    await expect(refusing).rejects.toThrow('not you');
    mkdirSync(join(bench.media.disk, 'rights'));
    copyFileSync(film, join(bench.media.disk, 'rights/film.mp4'));
    denials.set('ann', 'she has left');
    const [fired] = await triggers.take(id, event('rights/film.mp4'));
    expect(fired).toEqual({ object: 'rights/film.mp4', ignored: expect.stringContaining('she has left') });
    denials.clear();
    await triggers.remove(id);
  });

  it('ends a run whose output would set it off again, where only the run can know', async () => {
    const output = { source: '${event.source}', outputStorage: 'disk', outputPrefix: 'else/' };
    const { id } = await put({ ...ofEvents, prefix: 'loop/', suffix: '' }, {});
    const started = await bench.start('to-flv', {
      ...output,
      source: { file: 'film.mp4' },
      outputPrefix: 'loop/',
    } as JsonObject);
    const job = await bench.ended(started);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'WORKFLOW_LOOP' } });
    expect(existsSync(join(bench.media.disk, 'loop/film.flv'))).toBe(false);
    await triggers.remove(id);
  });
});

describe('a watched folder', () => {
  it('leaves a file alone until nothing more is written to it', async () => {
    const folder = join(bench.media.root, 'drop');
    const { id } = await put({ kind: 'folder', folder, suffix: '.mp4', stillSeconds: 4 });
    const stop = watchTriggers({ ...bench, triggers, tables: bench.triggerTables, storages: bench.media.storages });
    const whole = readFileSync(film);
    const file = join(folder, 'slow.mp4');
    const chunk = Math.ceil(whole.length / 20);
    for (let at = 0; at < whole.length; at += chunk) {
      appendFileSync(file, whole.subarray(at, at + chunk));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    writeFileSync(join(folder, 'unfinished.mp4.part'), 'x');
    const [firing] = await until('it has set off a run', async () => {
      const firings = await triggers.firings(id, 10);
      return firings.length > 0 && firings;
    });
    expect(firing).toMatchObject({ object: 'slow.mp4', run: expect.any(String) });
    // One part of it would have another size.
    expect(firing!.content.split('-')[0]).toBe(String(whole.length));
    expect((await bench.ended(firing!.run!)).failure).toBeUndefined();
    expect(existsSync(join(bench.media.disk, 'dest/slow.flv'))).toBe(true);
    await stop();
    await triggers.remove(id);
  });
});

describe('a watched folder whose system tells nothing', () => {
  it('is looked at every so often', async () => {
    const folder = join(bench.media.root, `nas-${randomUUID()}`);
    mkdirSync(folder);
    const { id } = await put({ kind: 'folder', folder, suffix: '.mp4', stillSeconds: 0.2, everySeconds: 0.3 });
    const stop = watchTriggers({ ...bench, triggers, tables: bench.triggerTables, storages: bench.media.storages });
    copyFileSync(film, join(folder, 'far.mp4'));
    const [firing] = await until('it has set off a run', async () => {
      const firings = await triggers.firings(id, 10);
      return firings.length > 0 && firings;
    });
    expect(firing).toMatchObject({ object: 'far.mp4', run: expect.any(String) });
    expect((await bench.ended(firing!.run!)).failure).toBeUndefined();
    await stop();
    await triggers.remove(id);
  });
});

describe('a watched prefix', () => {
  it('takes new objects with its suffix, not those that were there', async () => {
    const folder = `in-${randomUUID()}`;
    mkdirSync(join(bench.media.disk, folder));
    copyFileSync(film, join(bench.media.disk, folder, 'old.mp4'));
    const { id } = await put({
      kind: 'prefix',
      storage: 'disk',
      prefix: `${folder}/`,
      suffix: '.mp4',
      everySeconds: 0.3,
      stillSeconds: 0.5,
    });
    const stop = watchTriggers({
      ...bench,
      triggers,
      tables: bench.triggerTables,
      storages: bench.media.storages,
      lookEveryMs: 100,
    });
    await bench.media.storages.get('disk').put(`${folder}/new.mp4`, { file: film });
    // One that was filmed long ago, and is moved there only now.
    const filmed = join(bench.media.root, 'filmed.mp4');
    copyFileSync(film, filmed);
    utimesSync(filmed, 1_000_000_000, 1_000_000_000);
    renameSync(filmed, join(bench.media.disk, folder, 'moved.mp4'));
    const firings = await until('both have set off a run', async () => {
      const found = await triggers.firings(id, 10);
      return found.length > 1 && found;
    });
    expect(firings.map(({ object }) => object).sort()).toEqual([`${folder}/moved.mp4`, `${folder}/new.mp4`]);
    for (const { run } of firings) expect((await bench.ended(run!)).failure).toBeUndefined();
    await stop();
    await triggers.remove(id);
  });
});

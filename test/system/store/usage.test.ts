import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../src/live/test-clock.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { Accountant, type AccountantOptions, Usage, UsageMeter, type UsageQuery } from '../../../src/usage/index.ts';
import { addBatch, pruneUsage } from '../../../src/usage/usage-tables.ts';
import { dataFolder, memoryLog, type SystemPostgres, startSystemPostgres, until } from './helpers.ts';

const log = memoryLog();
const MINUTE = 60_000;
const DAY = 86_400_000;
const KEEP = { minuteDays: 8, fiveMinuteDays: 32, hourDays: 400 };
const PLACE = { domain: 'play.example.com', app: 'live', stream: 'demo', template: 'source' };
const TABLES = ['minutes', 'five_minutes', 'hours', 'days', 'viewers', 'batches'];

let system: SystemPostgres;
let store: Store;
let home: ReturnType<typeof dataFolder>;
let clock: TestClock;
let meter: UsageMeter;
let lost: number;
const opened: Accountant[] = [];

beforeAll(async () => {
  system = await startSystemPostgres();
  home = dataFolder();
  store = await openStore({ dataDir: home.path, log, databaseUrl: system.url, waitMs: 60_000 });
}, 60_000);
afterAll(async () => {
  await store?.close();
  system?.remove();
  home?.remove();
});
beforeEach(() => {
  clock = new TestClock();
  lost = 0;
  rmSync(folder(), { recursive: true, force: true });
  newMeter();
});
afterEach(async () => {
  for (const accountant of opened.splice(0)) await accountant.close();
  await store.query(`truncate ${TABLES.map((name) => `headwater.usage_${name}`).join(', ')}`);
});

const folder = () => join(home.path, 'usage');

function newMeter(tags: readonly string[] = []): void {
  meter = new UsageMeter({ nowMs: () => clock.nowMs(), wallMs: () => clock.wallMs(), tagsOf: () => tags });
}

async function open(
  options: Partial<Pick<AccountantOptions, 'keepEveryMs' | 'maxWaitingBytes'>> = {},
): Promise<Accountant> {
  const accountant = await Accountant.open({
    ...{ meter, store, node: 'node', folder: folder(), maxWaitingBytes: 1e6, keep: KEEP, clock, log },
    ...{ sample: () => undefined, onLost: (minutes: number) => (lost += minutes) },
    ...options,
  });
  opened.push(accountant);
  return accountant;
}

const send = (bytes: number, place = PLACE) => {
  meter.sent(place, 'flv', false).bytes += bytes;
};

function ask(query: Partial<UsageQuery> = {}) {
  const usage = new Usage({ store, wallMs: () => clock.wallMs() });
  const start = Date.UTC(2026, 0, 1);
  return usage.points({ from: start - 30 * DAY, to: start + 30 * DAY, grain: 'minute', by: [], ...query });
}

const bytesBy = async (query: Partial<UsageQuery> = {}) =>
  (await ask(query)).map(({ at, egressBytes }) => [new Date(at).toISOString().slice(5, 16), egressBytes]);

describe('Accountant', () => {
  it('stores minutes, and adds them up by five minutes, hours and days', async () => {
    const accountant = await open();
    for (let minute = 0; minute < 7; minute++) {
      send(minute + 1);
      clock.advance(MINUTE);
    }
    send(100);
    await accountant.flush();
    expect(await bytesBy()).toEqual([
      ...['00', '01', '02', '03', '04', '05', '06'].map((minute, index) => [`01-01T00:${minute}`, index + 1]),
      ['01-01T00:07', 100],
    ]);
    expect(await bytesBy({ grain: 'five-minutes' })).toEqual([
      ['01-01T00:00', 15],
      ['01-01T00:05', 113],
    ]);
    for (const grain of ['hour', 'day'] as const) expect(await bytesBy({ grain })).toEqual([['01-01T00:00', 128]]);
    const [day] = await ask({ grain: 'day' });
    expect(day).toMatchObject({ peakEgressBytesPerMinute: 100 });
  });

  it('adds a batch once, however often it comes', async () => {
    send(5);
    const batch = { id: 'one', node: 'node', at: clock.wallMs(), rows: meter.rows() };
    expect(await addBatch(store, batch)).toBe(true);
    expect(await addBatch(store, batch)).toBe(false);
    expect(await addBatch(store, { ...batch, id: 'two' })).toBe(true);
    expect(await bytesBy({ grain: 'hour' })).toEqual([['01-01T00:00', 10]]);
  });

  it('takes up what a process left that was killed, and adds the rest of the minute to it', async () => {
    await open({ keepEveryMs: 1000 });
    send(700);
    clock.advance(2000);
    await until(() => existsSync(join(folder(), 'running.json.gz')));
    // The process is gone; another begins with nothing counted.
    newMeter();
    const next = await open();
    send(30);
    await next.flush();
    expect(await bytesBy()).toEqual([['01-01T00:00', 730]]);
  });

  it.each([
    ['back', -3 * 3_600_000, '12-31T21:00'],
    ['forward', 5 * DAY, '01-06T00:00'],
  ])('loses nothing when the clock steps %s', async (_, step, expected) => {
    const accountant = await open();
    send(10);
    clock.advance(5000);
    clock.stepWall(step);
    clock.advance(1000);
    send(1);
    const viewer = meter.joined(PLACE, 'flv', 'x');
    clock.advance(2000);
    viewer.left();
    await accountant.flush();
    const points = await bytesBy();
    expect(points).toContainEqual(['01-01T00:00', 10]);
    expect(points).toContainEqual([expected, 1]);
    expect((await ask()).reduce((sum, { viewerSeconds }) => sum + viewerSeconds, 0)).toBe(2);
  });

  it('keeps minutes while the database is away, and stores them in the end', async () => {
    const accountant = await open();
    system.stop();
    await until(() => store.state.kind !== 'ready');
    for (let minute = 0; minute < 3; minute++) {
      send(10);
      clock.advance(MINUTE);
    }
    await until(() => accountant.waiting === 3);
    system.start();
    await until(async () => store.state.kind === 'ready' && accountant.waiting === 0);
    expect((await bytesBy()).map(([, bytes]) => bytes)).toEqual([10, 10, 10]);
  });

  it('gives up the oldest minutes when too much waits, and says so', async () => {
    system.stop();
    await until(() => store.state.kind !== 'ready');
    const accountant = await open({ maxWaitingBytes: 900 });
    for (let minute = 0; minute < 6; minute++) {
      send(10);
      clock.advance(MINUTE);
    }
    await until(() => lost + accountant.waiting === 6);
    expect(lost).toBeGreaterThan(0);
    expect(accountant.waiting).toBeGreaterThan(0);
    system.start();
    await until(() => accountant.waiting === 0);
    expect((await bytesBy()).at(-1)).toEqual(['01-01T00:05', 10]);
  });

  it('leaves out what nobody can read or store, and goes on with the rest', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), '000000000007-damaged.json.gz'), 'nothing');
    const accountant = await open();
    send(1, { ...PLACE, stream: 'nul \0' });
    clock.advance(MINUTE);
    send(2);
    clock.advance(MINUTE);
    await accountant.flush();
    expect(await bytesBy()).toEqual([['01-01T00:01', 2]]);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('stores from memory while the disk fails', async () => {
    const accountant = await open();
    rmSync(folder(), { recursive: true });
    writeFileSync(folder(), 'no folder');
    send(3);
    clock.advance(MINUTE);
    await accountant.flush();
    rmSync(folder());
    expect(await bytesBy()).toEqual([['01-01T00:00', 3]]);
  });

  it('removes what is older than it is kept', async () => {
    const now = clock.wallMs();
    for (const days of [1, 9, 33, 401]) {
      send(days);
      await addBatch(store, { id: `${days}`, node: 'node', at: now - days * DAY, rows: meter.rows() });
      meter.reset();
    }
    await pruneUsage(store, KEEP, now);
    const bytes = async (grain: UsageQuery['grain']) =>
      (await ask({ grain, from: now - 500 * DAY })).map(({ egressBytes }) => egressBytes);
    expect(await bytes('minute')).toEqual([1]);
    expect(await bytes('five-minutes')).toEqual([9, 1]);
    expect(await bytes('hour')).toEqual([33, 9, 1]);
    expect(await bytes('day')).toEqual([401, 33, 9, 1]);
  });
});

describe('Usage', () => {
  beforeEach(async () => {
    newMeter(['team:shop', 'season']);
    const accountant = await open();
    const lud = { ...PLACE, template: 'lud' };
    meter.joined(PLACE, 'flv', '192.0.2.1');
    meter.joined(PLACE, 'flv', '192.0.2.1');
    meter.joined(lud, 'hls', '192.0.2.2');
    meter.joined({ ...PLACE, domain: 'other.example.com' }, 'rtmp', '192.0.2.2');
    clock.advance(30_000);
    send(100);
    meter.sent(lud, 'hls', true).bytes += 20;
    send(3, { ...PLACE, app: 'sport' });
    send(1, { ...PLACE, domain: 'other.example.com' });
    meter.answered(PLACE, 'hls', 200);
    meter.answered(PLACE, 'hls', 404);
    meter.did(PLACE, 'publish', { bytes: 50, seconds: 30, count: 1 });
    meter.did(PLACE, 'publish', { bytes: 40, count: 900 }, { detail: 'video' });
    meter.did(PLACE, 'transcode', { seconds: 30 }, { template: 'lud', detail: 'h264 640x360' });
    meter.did(PLACE, 'record', { bytes: 70, seconds: 20, count: 2 }, { detail: 'mp4' });
    meter.did(PLACE, 'snapshot', { count: 4 });
    meter.did(PLACE, 'time-shift', { bytes: 9, seconds: 6 });
    await accountant.flush();
  });

  it('has every measure', async () => {
    const [all, ...others] = await ask({ grain: 'hour', domain: PLACE.domain });
    expect(others).toEqual([]);
    expect(all).toMatchObject({
      ...{ egressBytes: 123, secureEgressBytes: 20, viewerSeconds: 90, averageViewers: 3, peakViewers: 3, sessions: 3 },
      ...{ uniqueViewers: 2, requests: 2, ingestBytes: 50, publishSeconds: 30, publishes: 1, videoBytes: 40 },
      ...{ videoFrames: 900, transcodeSeconds: 30, recordedBytes: 70, recordedSeconds: 20, snapshots: 4 },
      ...{ timeShiftBytes: 9, timeShiftSeconds: 6 },
    });
  });

  it.each<[string, Partial<UsageQuery>, Record<string, string | number>[]]>([
    ['nothing', {}, [{ egressBytes: 124, peakViewers: 4, uniqueViewers: 2 }]],
    [
      'domain',
      { by: ['domain'] },
      [
        { domain: 'other.example.com', egressBytes: 1, uniqueViewers: 1 },
        { domain: 'play.example.com', egressBytes: 123, uniqueViewers: 2 },
      ],
    ],
    [
      'app of a domain',
      { by: ['app'], domain: PLACE.domain },
      [
        { app: 'live', egressBytes: 120, ingestBytes: 50 },
        { app: 'sport', egressBytes: 3, ingestBytes: 0 },
      ],
    ],
    ['one of several domains', { domain: ['other.example.com', 'third'] }, [{ egressBytes: 1 }]],
    [
      'stream and door',
      { by: ['stream', 'door'], domain: PLACE.domain, app: 'live' },
      [
        { stream: 'demo', door: 'flv', egressBytes: 100, requests: 0 },
        { stream: 'demo', door: 'hls', egressBytes: 20, requests: 2 },
      ],
    ],
    [
      'template',
      { by: ['template'], domain: PLACE.domain },
      [
        { template: 'lud', egressBytes: 20, transcodeSeconds: 30, ingestBytes: 0 },
        { template: 'source', egressBytes: 103, transcodeSeconds: 0 },
      ],
    ],
    ['one door', { door: 'hls' }, [{ egressBytes: 20, peakViewers: 1, requests: 2 }]],
    ['one template', { template: 'lud' }, [{ egressBytes: 20, peakViewers: 1, transcodeSeconds: 30 }]],
    [
      'tag',
      { by: ['tag'] },
      [
        { tag: 'season', egressBytes: 124 },
        { tag: 'team:shop', egressBytes: 124 },
      ],
    ],
    ['one tag', { tag: 'team:shop', domain: PLACE.domain }, [{ egressBytes: 123, uniqueViewers: 2 }]],
    ['any value of a tag', { tag: 'team', by: ['app'] }, [{ app: 'live', egressBytes: 121 }, { app: 'sport' }]],
    ['a page of it', { by: ['domain'], limit: 1, offset: 1 }, [{ domain: 'play.example.com', uniqueViewers: 2 }]],
  ])('is asked for by %s', async (_, query, expected) => {
    expect(await ask({ grain: 'hour', ...query })).toMatchObject(expected);
  });

  it('has answers by status, transcoding by codec, recordings by format', async () => {
    const usage = new Usage({ store, wallMs: () => clock.wallMs() });
    const query = { from: clock.wallMs() - DAY, to: clock.wallMs() + DAY, grain: 'day', by: [] } as const;
    expect(await usage.details('requests', { ...query, by: ['door'] })).toMatchObject([
      { door: 'hls', detail: '200', count: 1 },
      { door: 'hls', detail: '404', count: 1 },
    ]);
    expect(await usage.details('transcode', query)).toMatchObject([{ detail: 'h264 640x360', seconds: 30 }]);
    expect(await usage.details('record', query)).toMatchObject([{ detail: 'mp4', bytes: 70, seconds: 20, count: 2 }]);
  });
});

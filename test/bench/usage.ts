import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/app/time/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { Accountant, Usage, UsageMeter, type UsageQuery } from '../../src/usage/index.ts';
import { addBatch } from '../../src/usage/usage-tables.ts';
import { median, row } from './archive/table.ts';
import type { SuiteOptions } from './suite.ts';

const STREAMS = 1000;
const VIEWERS = 1000;
const TIMES = 7;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A picture is written to each viewer so often. */
const WRITES_PER_SECOND = 25;
const START_MS = Date.UTC(2026, 0, 1);
const FILLED_AT_ONCE = 60;
const DOMAIN = 'play.example.com';

/** What accounting costs the server, and how long questions about a year and a day take. */
export async function usage({ part }: SuiteOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const log = createLogger({ level: 'silent' });
  const store = await openStore({ dataDir: home, log, waitMs: 60_000 });
  try {
    await store.whenReady();
    console.log('| what | bar | measured |');
    console.log('|---|--:|--:|');
    if (part === undefined || part === 'cost') await cost(store, home);
    if (part === undefined || part === 'write') await writing(store);
    if (part === undefined || part === 'read') await reading(store);
  } finally {
    await store.close();
    await rm(home, { recursive: true, force: true });
  }
}

function filledMeter(): { readonly meter: UsageMeter; readonly sent: { bytes: number }[] } {
  const { nowMs, wallMs } = systemClock;
  const meter = new UsageMeter({ nowMs, wallMs, tagsOf: () => ['team:shop'] });
  const sent = Array.from({ length: VIEWERS }, (_, n) => {
    const place = { domain: DOMAIN, app: `app${n % 10}`, stream: `stream${n % STREAMS}`, template: 'source' };
    meter.joined(place, n % 2 ? 'flv' : 'hls', `192.0.2.${n}`);
    meter.did(place, 'publish', { bytes: 1e6, seconds: 5 });
    meter.answered(place, 'hls', 200);
    return meter.sent(place, n % 2 ? 'flv' : 'hls', false);
  });
  return { meter, sent };
}

/** A minute of a thousand viewers of a thousand streams: the adding, keeping it each 5 s, and its end. */
async function cost(store: Store, home: string): Promise<void> {
  const { meter, sent } = filledMeter();
  const accountant = await Accountant.open({
    ...{ meter, store, node: 'node', folder: join(home, 'usage'), maxWaitingBytes: 1e9, clock: systemClock },
    ...{ keep: { minuteDays: 8, fiveMinuteDays: 32, hourDays: 400 }, log: createLogger({ level: 'silent' }) },
    sample: () => undefined,
    keepEveryMs: 1,
  });
  await accountant.flush();
  const before = process.cpuUsage();
  for (let write = 0; write < WRITES_PER_SECOND * 60; write++) for (const each of sent) each.bytes += 20_000;
  // A tick each second, and each of them keeps the minute: five times as often as it is done.
  await new Promise((resolve) => setTimeout(resolve, 12_500));
  await accountant.flush();
  await accountant.close();
  const { user, system } = process.cpuUsage(before);
  row('CPU of one core for a minute of 1000 viewers', '1 %', `${((user + system) / 600_000).toFixed(2)} %`);
}

async function writing(store: Store): Promise<void> {
  const times: number[] = [];
  for (let minute = 0; minute < TIMES; minute++) {
    const { meter, sent } = filledMeter();
    for (const each of sent) each.bytes += 1e6;
    const rows = meter.rows();
    const at = START_MS - DAY_MS + minute * MINUTE_MS;
    times.push(await timed(() => addBatch(store, { id: `${minute}`, node: 'node', at, rows })));
    if (minute === 0) row('rows of a minute of 1000 streams', '', String(rows.length));
  }
  row('storing them, with all sums', '', `${median(times).toFixed(0)} ms`);
}

async function reading(store: Store): Promise<void> {
  await store.query('truncate headwater.usage_minutes, headwater.usage_days');
  await fill(store, 'days', 366, DAY_MS);
  await fill(store, 'minutes', 1440, MINUTE_MS);
  const service = new Usage({ store, wallMs: () => START_MS + 400 * DAY_MS });
  const year = { from: START_MS, to: START_MS + 366 * DAY_MS, grain: 'day' } as const;
  const day = { from: START_MS, to: START_MS + DAY_MS, grain: 'minute' } as const;
  const one = { domain: DOMAIN, app: 'app0', stream: 'stream0' };
  const asked: [string, string, UsageQuery][] = [
    ['a year by day, all', '200 ms', { ...year, by: [] }],
    ['a year by day, by app', '200 ms', { ...year, by: ['app'] }],
    ['a year by day, by door', '200 ms', { ...year, by: ['door'] }],
    ['a year by day, one stream', '200 ms', { ...year, ...one, by: [] }],
    ['a day by minute of 1000 streams, all', '500 ms', { ...day, by: [] }],
    ['a day by minute of 1000 streams, by door', '500 ms', { ...day, domain: DOMAIN, by: ['door'] }],
    ['a day by minute of 1000 streams, by app', '500 ms', { ...day, domain: DOMAIN, by: ['app'] }],
    ['a day by minute of 1000 streams, one of them by door', '500 ms', { ...day, ...one, by: ['door'] }],
    ['a day by minute, a page of 5000 by stream', '500 ms', { ...day, domain: DOMAIN, by: ['stream'], limit: 5000 }],
  ];
  for (const [what, bar, query] of asked) {
    const times: number[] = [];
    let points = 0;
    for (let time = 0; time < TIMES; time++) {
      times.push(
        await timed(async () => {
          points = (await service.points(query)).length;
        }),
      );
    }
    row(`${what} (${points} points)`, bar, `${median(times).toFixed(0)} ms`);
  }
}

/** Rows as a server with 1000 streams in ten apps leaves them, each watched by two doors. */
async function fill(store: Store, table: string, spans: number, ms: number): Promise<void> {
  for (let from = 0; from < spans; from += FILLED_AT_ONCE) {
    await fillPart(store, table, from, Math.min(spans, from + FILLED_AT_ONCE) - 1, ms);
  }
  await store.query(`vacuum (analyze) headwater.usage_${table}`);
}

async function fillPart(store: Store, table: string, from: number, last: number, ms: number): Promise<void> {
  await store.transaction(async (client) => {
    await client.query('set local statement_timeout = 0');
    const at = `timestamptz 'epoch' + interval '1 ms' * (${START_MS} + span * ${ms}::bigint)`;
    const columns = '1000000, 0, 600, 3, 12, 100000';
    const insert = (scope: number, names: string, of: string) =>
      client.query(`insert into headwater.usage_${table}
        select ${at}, 'node', ${scope}, ${names}, k.kind, k.door, k.template, '', ${columns}
        from generate_series(${from}, ${last}) span, ${of},
          (values ('egress', '', ''), ('egress', 'flv', 'source'), ('egress', 'hls', 'source'), ('publish', '', ''))
            as k(kind, door, template)`);
    await insert(0, `'${DOMAIN}', 'app' || n % 10, 'stream' || n`, `generate_series(0, ${STREAMS - 1}) n`);
    await insert(1, `'${DOMAIN}', 'app' || n, ''`, 'generate_series(0, 9) n');
    await insert(2, `'${DOMAIN}', '', ''`, 'generate_series(0, 0) n');
    await insert(3, `'', '', ''`, 'generate_series(0, 0) n');
    await client.query(`insert into headwater.usage_${table} select at, node, scope, domain, app, stream, kind, door, '',
      detail, bytes, secure_bytes, seconds, count, peak, peak_bytes
      from headwater.usage_${table} where scope > 0 and kind = 'egress' and template <> ''
        and at between ${at.replace('span', String(from))} and ${at.replace('span', String(last))}`);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

import type { Count, Leaf, ScopeUsage, UsageStreams } from './stream-usage.ts';
import { SCOPE_NUMBERS, type UsageKind, type UsageRow } from './usage-row.ts';

type Measures = Pick<UsageRow, 'bytes' | 'secure' | 'seconds' | 'count'>;
type Place = Pick<UsageRow, 'kind' | 'door' | 'template' | 'detail'>;

/**
 * The rows of all that was counted, with the sums of apps, domains, tags and the server; what is nothing has none. It is
 * done every few seconds for all streams, so that keys are made once with what they are of.
 */
export function collectRows(streams: UsageStreams, nowMs: number): UsageRow[] {
  const rows = new Rows();
  for (const usage of streams.usages()) {
    for (const leaf of usage.leaves.values()) addLeaf(rows, usage.scopes, leaf, nowMs);
    for (const [key, count] of usage.counts) for (const scope of usage.scopes) rows.add(scope, key, count);
  }
  for (const scope of streams.scopes()) {
    for (const [key, gauge] of scope.gauges) rows.peak(scope, key, gauge.peak);
  }
  return rows.all();
}

function addLeaf(rows: Rows, scopes: readonly ScopeUsage[], leaf: Leaf, nowMs: number): void {
  const measures = measuresOf(leaf, nowMs);
  for (const scope of scopes) {
    const keys = scope.scope === 'stream' ? leaf.streamKeys : leaf.sumKeys;
    for (const key of keys) rows.addEgress(scope, key, measures);
  }
}

function measuresOf({ plain, secure, viewers, sessions }: Leaf, nowMs: number): Measures {
  const bytes = plain.bytes + secure.bytes;
  return { bytes, secure: secure.bytes, seconds: viewers.secondsAt(nowMs), count: sessions };
}

class Rows {
  /** By scope, and in it by the key of a gauge or a count; the two have no key in common. */
  readonly #scopes = new Map<ScopeUsage, Map<string, UsageRow>>();

  addEgress(scope: ScopeUsage, key: string, measures: Measures): void {
    const row = this.#egress(scope, key);
    row.bytes += measures.bytes;
    row.secure += measures.secure;
    row.seconds += measures.seconds;
    row.count += measures.count;
  }

  add(scope: ScopeUsage, key: string, count: Count): void {
    const rows = this.#of(scope);
    const row = rows.get(key) ?? newRow(rows, key, scope, count);
    row.bytes += count.bytes;
    row.seconds += count.seconds;
    row.count += count.count;
  }

  peak(scope: ScopeUsage, key: string, viewers: number): void {
    const row = this.#egress(scope, key);
    row.peak = Math.max(row.peak, viewers);
  }

  all(): UsageRow[] {
    const all: UsageRow[] = [];
    for (const rows of this.#scopes.values()) {
      for (const row of rows.values()) {
        row.seconds = Math.round(row.seconds * 1000) / 1000;
        if (row.bytes > 0 || row.seconds > 0 || row.count > 0 || row.peak > 0) all.push(row);
      }
    }
    return all;
  }

  /** @param key door and template, as the keys of gauges are */
  #egress(scope: ScopeUsage, key: string): UsageRow {
    const rows = this.#of(scope);
    const known = rows.get(key);
    if (known) return known;
    const [door = '', template = ''] = key.split('\n');
    return newRow(rows, key, scope, { kind: 'egress' satisfies UsageKind, door, template, detail: '' });
  }

  #of(scope: ScopeUsage): Map<string, UsageRow> {
    const known = this.#scopes.get(scope);
    if (known) return known;
    const rows = new Map<string, UsageRow>();
    this.#scopes.set(scope, rows);
    return rows;
  }
}

function newRow(rows: Map<string, UsageRow>, key: string, named: ScopeUsage, place: Place): UsageRow {
  const row: UsageRow = {
    scope: SCOPE_NUMBERS[named.scope],
    domain: named.domain,
    app: named.app,
    stream: named.stream,
    kind: place.kind,
    door: place.door,
    template: place.template,
    detail: place.detail,
    bytes: 0,
    secure: 0,
    seconds: 0,
    count: 0,
    peak: 0,
  };
  rows.set(key, row);
  return row;
}

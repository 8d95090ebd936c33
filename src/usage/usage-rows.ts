import { gaugeKeys, type Leaf, type ScopeUsage, type UsageStreams } from './stream-usage.ts';
import { SCOPE_NUMBERS, type UsageKind, type UsageRow } from './usage-row.ts';

type Measures = Pick<UsageRow, 'bytes' | 'secure' | 'seconds' | 'count'>;

/** The rows of all that was counted, with the sums of apps, domains, tags and the server; what is nothing has none. */
export function collectRows(streams: UsageStreams, nowMs: number): UsageRow[] {
  const rows = new Rows();
  for (const usage of streams.usages()) {
    const leaves = [...usage.leaves.values()].map((leaf) => ({ ...leaf, measures: measuresOf(leaf, nowMs) }));
    for (const scope of usage.scopes) {
      for (const { door, template, measures } of leaves) {
        for (const key of gaugeKeys(scope.scope, door, template)) rows.add(scope, 'egress', key, '', measures);
      }
      for (const { kind, door, template, detail, ...counted } of usage.counts.values()) {
        rows.add(scope, kind, `${door}\n${template}`, detail, { ...counted, secure: 0 });
      }
    }
  }
  for (const scope of streams.scopes()) {
    for (const [key, gauge] of scope.gauges) rows.peak(scope, key, gauge.peak);
  }
  return rows.all();
}

function measuresOf({ plain, secure, viewers, sessions }: Leaf, nowMs: number): Measures {
  const bytes = plain.bytes + secure.bytes;
  return { bytes, secure: secure.bytes, seconds: viewers.secondsAt(nowMs), count: sessions };
}

class Rows {
  readonly #rows = new Map<string, UsageRow>();

  /** @param place door and template, as the keys of gauges are */
  add(scope: ScopeUsage, kind: UsageKind, place: string, detail: string, measures: Measures): void {
    const row = this.#row(scope, kind, place, detail);
    row.bytes += measures.bytes;
    row.secure += measures.secure;
    row.seconds += measures.seconds;
    row.count += measures.count;
  }

  peak(scope: ScopeUsage, place: string, viewers: number): void {
    const row = this.#row(scope, 'egress', place, '');
    row.peak = Math.max(row.peak, viewers);
  }

  all(): UsageRow[] {
    return [...this.#rows.values()]
      .filter(({ bytes, seconds, count, peak }) => bytes > 0 || seconds > 0 || count > 0 || peak > 0)
      .map((row) => ({ ...row, seconds: Math.round(row.seconds * 1000) / 1000 }));
  }

  #row({ scope, domain, app, stream }: ScopeUsage, kind: UsageKind, place: string, detail: string): UsageRow {
    const key = `${scope}\n${domain}\n${app}\n${stream}\n${kind}\n${place}\n${detail}`;
    const known = this.#rows.get(key);
    if (known) return known;
    const [door = '', template = ''] = place.split('\n');
    const named = { scope: SCOPE_NUMBERS[scope], domain, app, stream, kind, door, template, detail };
    const row: UsageRow = { ...named, bytes: 0, secure: 0, seconds: 0, count: 0, peak: 0 };
    this.#rows.set(key, row);
    return row;
  }
}

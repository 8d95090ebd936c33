import { stat, statfs } from 'node:fs/promises';
import type { DiskUse, JoinTotals } from '../alarm/index.ts';
import type { Metrics } from '../metrics/index.ts';

/** What viewers did at the door so far. */
export type DoorTotals = {
  readonly joins: JoinTotals;
  /** By the domain that was asked. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly unmoderated: number;
  readonly delayMs: number;
};

/** Sums over the labels of what the metrics count. */
export async function doorTotals({
  joinSeconds,
  forbiddenPlays,
  moderation,
  eventLoopDelay,
}: Metrics): Promise<DoorTotals> {
  const [joins, forbidden, moderated, delay] = await Promise.all([
    joinSeconds.get(),
    forbiddenPlays.get(),
    moderation.get(),
    eventLoopDelay.get(),
  ]);
  const within = new Map<number, number>();
  let count = 0;
  for (const { metricName, labels, value } of joins.values) {
    if (metricName?.endsWith('_count')) count += value;
    const bound = Number((labels as { readonly le?: string | number }).le);
    if (metricName?.endsWith('_bucket') && Number.isFinite(bound)) within.set(bound, (within.get(bound) ?? 0) + value);
  }
  const failed = moderated.values.filter(({ labels }) => labels.outcome === 'failed');
  return {
    joins: {
      count,
      within: [...within]
        .map(([seconds, joined]) => ({ seconds, count: joined }))
        .sort((a, b) => a.seconds - b.seconds),
    },
    refusals: new Map(forbidden.values.map(({ labels, value }) => [String(labels.domain), value])),
    unmoderated: sum(failed),
    delayMs: sum(delay.values) * 1000,
  };
}

function sum(values: readonly { readonly value: number }[]): number {
  return values.reduce((total, { value }) => total + value, 0);
}

/** How full the disks of these folders are, each disk once; a folder that is not there is left out. */
export async function diskUses(paths: readonly string[]): Promise<DiskUse[]> {
  const seen = new Set<number>();
  const found: DiskUse[] = [];
  for (const path of paths) {
    try {
      const { dev } = await stat(path);
      if (seen.has(dev)) continue;
      seen.add(dev);
      const { bavail, blocks, bsize } = await statfs(path);
      found.push({ path, freeBytes: bavail * bsize, totalBytes: blocks * bsize });
    } catch {
      // The archive and the storages say by themselves what they can't write to.
    }
  }
  return found;
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ViewerSessions } from '../access/index.ts';
import type { IngestCounters } from '../ingest/index.ts';
import type { Registry, RegistryListener } from '../live/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Publishers, PublishingState } from '../operations/index.ts';
import type { Feeds } from '../packager/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import type { Outbox, Store } from '../store/index.ts';

export type MetricSources = {
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly publishers: Publishers;
  readonly feeds: Feeds;
  readonly packagers: Packagers;
  readonly store: Store;
  readonly outbox: Outbox;
};

const SAMPLE_MS = 1000;
/** Each look wakes the process up, and finds this on top of the delay. */
const DELAY_RESOLUTION_MS = 50;
const COUNT_CALLBACKS_EVERY = 5;
const RESET_DELAY_EVERY = 10;
const MENDED: Readonly<Record<keyof IngestCounters, string>> = {
  framesBeforeHeader: 'frame_before_header',
  framesBeforeKeyFrame: 'frame_before_key_frame',
  unsupportedFrames: 'unsupported_frame',
  otherTracks: 'other_track',
  malformedTags: 'malformed_tag',
  clockJumps: 'clock_jump',
};
const PROTOCOLS = ['flv', 'ws-flv', 'rtmp', 'hls'] as const;

/**
 * Reads what is cheaper to read than to count, once a second, and of a publisher that ends once more then; returns what
 * stops it. It must hear of a publisher's end before those who forget publishers.
 */
export function sampleMetrics(sources: MetricSources): { close(): void } {
  const { metrics, registry, publishers } = sources;
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const totals = new Totals();
  const last: RegistryListener = {
    sourceLeft: ({ publisher }) => sampleIngest(metrics, totals, publishers.get(publisher.sessionId)?.state),
  };
  const stopListening = registry.listen(last);
  let ticks = 0;
  const timer = setInterval(() => {
    ticks++;
    sampleGauges(sources);
    metrics.eventLoopDelay.set(Math.max(0, delay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS) / 1000);
    if (ticks % RESET_DELAY_EVERY === 0) delay.reset();
    sampleCounters(sources, totals);
    if (ticks % COUNT_CALLBACKS_EVERY === 1) void countCallbacks(sources);
  }, SAMPLE_MS);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      stopListening();
      delay.disable();
    },
  };
}

function sampleGauges({ metrics, registry, sessions, packagers, store, outbox }: MetricSources): void {
  const states = { publishing: 0, waiting: 0 };
  for (const { state } of registry.streams()) if (state !== 'ended') states[state]++;
  for (const [state, count] of Object.entries(states)) metrics.streams.set({ state }, count);
  const counts = sessions.protocolCounts();
  for (const protocol of PROTOCOLS) metrics.viewers.set({ protocol }, counts.get(protocol) ?? 0);
  metrics.hlsWindowBytes.set(packagers.keptBytes);
  metrics.databaseUp.set(store.state.kind === 'ready' ? 1 : 0);
  metrics.journalUp.set(outbox.journal.failure === undefined ? 1 : 0);
}

/** While the database is away, what waits is at least what the journal holds. */
async function countCallbacks({ metrics, store, outbox }: MetricSources): Promise<void> {
  if (store.state.kind !== 'ready') {
    metrics.callbackQueue.set(outbox.journal.readAll().reduce((sum, { entry }) => sum + entry.endpointIds.length, 0));
    return;
  }
  try {
    const { pending, dead } = await outbox.counts();
    metrics.callbackQueue.set(pending);
    metrics.callbackDead.set(dead);
  } catch {
    // The store says by itself that it is away.
  }
}

function sampleCounters({ metrics, publishers, feeds, packagers }: MetricSources, totals: Totals): void {
  for (const { state } of publishers.states()) sampleIngest(metrics, totals, state);
  metrics.hlsSegmentsDropped.inc(totals.grown(packagers, 'dropped', packagers.droppedSegments));
  for (const [protocol, tally] of Object.entries(feeds.tallies)) {
    metrics.deliveredBytes.inc({ protocol }, totals.grown(tally, 'bytes', tally.deliveredBytes));
    metrics.viewerSkips.inc({ protocol }, totals.grown(tally, 'skips', tally.skips));
    metrics.viewersClosed.inc({ reason: 'TOO_SLOW' }, totals.grown(tally, 'closed', tally.closedViewers));
  }
}

function sampleIngest(metrics: Metrics, totals: Totals, state: PublishingState | undefined): void {
  if (!state) return;
  const { meter, counters } = state.ingest;
  metrics.ingestBytes.inc(totals.grown(state.ingest, 'bytes', meter.totalBytes));
  for (const [name, total] of Object.entries(counters)) {
    metrics.ingestMended.inc({ what: MENDED[name as keyof IngestCounters] }, totals.grown(counters, name, total));
  }
}

/** By how much running totals grew since they were last looked at. */
class Totals {
  readonly #last = new WeakMap<object, Map<string, number>>();

  grown(owner: object, name: string, total: number): number {
    const totals = this.#last.get(owner) ?? new Map<string, number>();
    this.#last.set(owner, totals);
    const before = totals.get(name) ?? 0;
    totals.set(name, total);
    return Math.max(0, total - before);
  }
}

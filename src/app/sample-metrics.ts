import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ViewerSessions } from '../access/index.ts';
import type { Registry } from '../live/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { Feeds } from '../packager/index.ts';
import type { Store } from '../store/index.ts';

export type MetricSources = {
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly publishers: Publishers;
  readonly feeds: Feeds;
  readonly store: Store;
};

const SAMPLE_MS = 1000;
const PROTOCOLS = ['flv', 'ws-flv', 'rtmp', 'hls'] as const;

/** Reads what is cheaper to read than to count, once a second; returns what stops it. */
export function sampleMetrics(sources: MetricSources): { close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const totals = new Totals();
  const timer = setInterval(() => {
    sampleGauges(sources);
    sources.metrics.eventLoopDelay.set(delay.percentile(99) / 1e9);
    delay.reset();
    sampleCounters(sources, totals);
  }, SAMPLE_MS);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      delay.disable();
    },
  };
}

function sampleGauges({ metrics, registry, sessions, store }: MetricSources): void {
  const states = { publishing: 0, waiting: 0 };
  for (const { state } of registry.streams()) if (state !== 'ended') states[state]++;
  for (const [state, count] of Object.entries(states)) metrics.streams.set({ state }, count);
  const counts = sessions.protocolCounts();
  for (const protocol of PROTOCOLS) metrics.viewers.set({ protocol }, counts.get(protocol) ?? 0);
  metrics.databaseUp.set(store.state.kind === 'ready' ? 1 : 0);
}

function sampleCounters({ metrics, publishers, feeds }: MetricSources, totals: Totals): void {
  for (const { sessionId, state } of publishers.states()) {
    metrics.ingestBytes.inc(totals.grown(sessionId, state.ingest.meter.totalBytes));
  }
  for (const { kind, stream, feed } of feeds.all()) {
    const name = `${kind} ${stream.id.domain}/${stream.id.app}/${stream.id.name}`;
    metrics.deliveredBytes.inc({ protocol: kind }, totals.grown(`${name} bytes`, feed.deliveredBytes));
    metrics.viewerSkips.inc({ protocol: kind }, totals.grown(`${name} skips`, feed.skips));
    metrics.viewersClosed.inc({ reason: 'TOO_SLOW' }, totals.grown(`${name} closed`, feed.closedViewers));
  }
  totals.forgetUnseen();
}

/** By how much running totals grew since they were last looked at. */
class Totals {
  #last = new Map<string, number>();
  #seen = new Map<string, number>();

  grown(name: string, total: number): number {
    const before = this.#last.get(name) ?? 0;
    this.#seen.set(name, total);
    return Math.max(0, total - (total >= before ? before : 0));
  }

  forgetUnseen(): void {
    this.#last = this.#seen;
    this.#seen = new Map();
  }
}

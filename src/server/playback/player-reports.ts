import type { Clock } from '../../live/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Beacon } from './beacon.ts';

type Viewing = { latest: Beacon; lastSeenMs: number };

const MAX_VIEWINGS = 20_000;
/** A player that reports nothing for this long has gone. */
const GONE_MS = 35_000;
const SWEEP_MS = 5000;

/** Gathers players' beacons, whose figures are totals, and counts each viewing once. */
export class PlayerReports {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #viewings = new Map<string, Viewing>();
  #cancelSweep: () => void = () => {};

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#sweepLater();
  }

  take(beacon: Beacon): void {
    const before = this.#viewings.get(beacon.session);
    if (!before && this.#viewings.size >= MAX_VIEWINGS) return;
    const { protocol } = beacon;
    if (beacon.startupMs !== undefined && before?.latest.startupMs === undefined) {
      this.#metrics.playerStartup.observe({ protocol }, beacon.startupMs / 1000);
    }
    if (beacon.latencyMs !== undefined) this.#metrics.playerLatency.observe({ protocol }, beacon.latencyMs / 1000);
    if (beacon.height) this.#metrics.playerRung.observe({ protocol }, beacon.height);
    const newErrors = beacon.errors.length - (before?.latest.errors.length ?? 0);
    if (newErrors > 0) this.#metrics.playerErrors.inc({ protocol }, newErrors);
    this.#viewings.set(beacon.session, { latest: beacon, lastSeenMs: this.#clock.nowMs() });
  }

  close(): void {
    this.#cancelSweep();
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#clock.after(SWEEP_MS, () => {
      const goneBefore = this.#clock.nowMs() - GONE_MS;
      for (const [session, viewing] of this.#viewings) {
        if (viewing.lastSeenMs >= goneBefore) continue;
        this.#viewings.delete(session);
        this.#finish(viewing.latest);
      }
      this.#sweepLater();
    });
  }

  #finish({ protocol, watchedMs, stalledMs }: Beacon): void {
    const wholeMs = watchedMs + stalledMs;
    if (wholeMs > 0) this.#metrics.playerRebuffer.observe({ protocol }, stalledMs / wholeMs);
  }
}

/** What was sent to the viewers of an app; whoever sends adds to it. */
export type Traffic = { bytes: number };

type Entry = {
  readonly domain: string;
  readonly app: string;
  readonly traffic: Traffic;
  /** Running totals by time, the oldest first. */
  samples: { readonly atMs: number; readonly bytes: number }[];
  grewAtMs: number;
};

const WINDOW_MS = 5000;
/** An app that sent nothing for so long is forgotten. */
const IDLE_MS = 600_000;

/** How much is sent to viewers, by domain and app, over the last five seconds. */
export class TrafficMeter {
  readonly #entries = new Map<string, Entry>();

  of({ domain, app }: { readonly domain: string; readonly app: string }): Traffic {
    const key = `${domain}\n${app}`;
    const known = this.#entries.get(key);
    if (known) return known.traffic;
    const entry: Entry = { domain, app, traffic: { bytes: 0 }, samples: [], grewAtMs: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    return entry.traffic;
  }

  /** To be called about once a second, with monotonic time. */
  sample(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      const { traffic, samples } = entry;
      if (samples.at(-1)?.bytes !== traffic.bytes) entry.grewAtMs = nowMs;
      const oldest = samples.findLastIndex(({ atMs }) => nowMs - atMs >= WINDOW_MS);
      entry.samples = [...samples.slice(Math.max(0, oldest)), { atMs: nowMs, bytes: traffic.bytes }];
      if (nowMs - entry.grewAtMs > IDLE_MS) this.#entries.delete(key);
    }
  }

  /** The apps of a domain to whose viewers anything was sent of late. */
  appsOf(domain: string): string[] {
    return [...this.#entries.values()].flatMap((entry) => (entry.domain === domain ? [entry.app] : []));
  }

  /** Megabits a second of a domain, or of one of its apps. */
  mbps(domain: string, app?: string): number {
    let sum = 0;
    for (const entry of this.#entries.values()) {
      if (entry.domain === domain && (app === undefined || entry.app === app)) sum += mbpsOf(entry);
    }
    return sum;
  }
}

function mbpsOf({ samples }: Entry): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs <= first.atMs) return 0;
  return ((last.bytes - first.bytes) * 8) / ((last.atMs - first.atMs) * 1000);
}

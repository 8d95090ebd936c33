import type { Condition } from './condition.ts';

/** The highest mean of each of the last days, by domain: survives a restart where it is kept. */
export type EgressPeaks = Record<string, { readonly day: number; readonly mbps: number }[]>;

export type EgressSources = {
  readonly domains: () => readonly string[];
  /** Megabits a second to the viewers of a domain now. */
  readonly mbps: (domain: string) => number;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** How many times the usual is unusual, and for how long it must be so. */
  readonly factor: () => number;
  readonly holdMs: () => number;
  readonly peaks: EgressPeaks;
  readonly onPeak: () => void;
};

const DAY_MS = 86_400_000;
const KEPT_DAYS = 7;
/** Below so much nobody minds, and less than this has been no use of a domain worth calling usual. */
const LEAST_UNUSUAL_MBPS = 10;
const LEAST_USUAL_MBPS = 0.1;
/** A mean is over so many times the time that it must hold. */
const WINDOW_HOLDS = 5;

/** What is measured of a domain, for its mean. */
type Window = { readonly startMs: number; readonly sum: number; readonly count: number };
type Windows = { usual?: Window | undefined; unusual?: Window | undefined };

/**
 * Domains that send many times what they have ever sent within a week: as when another site shows their streams. What
 * is unusual becomes the usual when it is over, or has lasted for a day; what lasted less than a window never does.
 */
export function egress(sources: EgressSources): Condition {
  const measured = new Map<string, Windows>();
  return {
    codes: ['EGRESS_UNUSUAL'],
    scope: 'node',
    look() {
      const names = sources.domains();
      for (const domain of measured.keys()) if (!names.includes(domain)) measured.delete(domain);
      return names.flatMap((domain) => {
        const mbps = sources.mbps(domain);
        const usual = usualOf(sources, domain);
        const isUnusual = usual >= LEAST_USUAL_MBPS && mbps >= LEAST_UNUSUAL_MBPS && mbps > usual * sources.factor();
        const windows = measured.get(domain) ?? {};
        measured.set(domain, windows);
        learn(sources, windows, domain, isUnusual ? { unusual: mbps } : { usual: mbps });
        if (!isUnusual) return [];
        const sentence = `The domain ${domain} sends ${mbps.toFixed(0)} Mb/s to viewers; its highest of a week were ${usual.toFixed(1)}.`;
        return [{ code: 'EGRESS_UNUSUAL', subject: { kind: 'domain', name: domain, domain }, sentence }];
      });
    },
  };
}

function usualOf({ peaks }: EgressSources, domain: string): number {
  return Math.max(0, ...(peaks[domain] ?? []).map(({ mbps }) => mbps));
}

function learn(sources: EgressSources, windows: Windows, domain: string, mbps: { usual?: number; unusual?: number }) {
  const now = sources.nowMs();
  const leastMs = WINDOW_HOLDS * sources.holdMs();
  if (mbps.usual !== undefined) {
    windows.usual = added(windows.usual, mbps.usual, now);
    if (now - windows.usual.startMs >= leastMs) {
      keepPeak(sources, domain, windows.usual);
      windows.usual = undefined;
    }
  }
  if (mbps.unusual !== undefined) windows.unusual = added(windows.unusual, mbps.unusual, now);
  const { unusual } = windows;
  if (!unusual) return;
  const lastedMs = now - unusual.startMs;
  if (mbps.unusual !== undefined && lastedMs < DAY_MS) return;
  if (lastedMs >= leastMs) keepPeak(sources, domain, unusual);
  windows.unusual = undefined;
}

function added(window: Window | undefined, mbps: number, nowMs: number): Window {
  return { startMs: window?.startMs ?? nowMs, sum: (window?.sum ?? 0) + mbps, count: (window?.count ?? 0) + 1 };
}

function keepPeak({ peaks, wallMs, onPeak }: EgressSources, domain: string, { sum, count }: Window): void {
  const day = Math.floor(wallMs() / DAY_MS);
  const mean = sum / count;
  const others = (peaks[domain] ?? []).filter((each) => each.day > day - KEPT_DAYS);
  const today = others.find((each) => each.day === day);
  if (today && today.mbps >= mean) return;
  peaks[domain] = [...others.filter((each) => each !== today), { day, mbps: mean }];
  onPeak();
}

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

type Window = { startMs: number; sum: number; count: number };

/** Domains that send many times what they have ever sent within a week: as when another site shows their streams. */
export function egress(sources: EgressSources): Condition {
  const windows = new Map<string, Window>();
  return {
    codes: ['EGRESS_UNUSUAL'],
    scope: 'node',
    look() {
      const names = sources.domains();
      for (const domain of windows.keys()) if (!names.includes(domain)) windows.delete(domain);
      return names.flatMap((domain) => {
        const mbps = sources.mbps(domain);
        const usual = usualOf(sources, domain);
        const isUnusual = usual >= LEAST_USUAL_MBPS && mbps >= LEAST_UNUSUAL_MBPS && mbps > usual * sources.factor();
        learn(sources, windows, domain, mbps);
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

function learn(sources: EgressSources, windows: Map<string, Window>, domain: string, mbps: number): void {
  const now = sources.nowMs();
  const window = windows.get(domain) ?? { startMs: now, sum: 0, count: 0 };
  window.sum += mbps;
  window.count++;
  windows.set(domain, window);
  if (now - window.startMs < WINDOW_HOLDS * sources.holdMs()) return;
  windows.delete(domain);
  const day = Math.floor(sources.wallMs() / DAY_MS);
  const mean = window.sum / window.count;
  const others = (sources.peaks[domain] ?? []).filter((each) => each.day > day - KEPT_DAYS);
  const today = others.find((each) => each.day === day);
  if (today && today.mbps >= mean) return;
  sources.peaks[domain] = [...others.filter((each) => each !== today), { day, mbps: mean }];
  sources.onPeak();
}

import { percentile, type Rehearsal } from './audience.ts';
import type { MachineLoad } from './machine.ts';
import { JOIN, REBUFFER } from './slo.ts';
import type { Viewer } from './viewer.ts';
import { DOORS, type RehearsedDoor } from './viewing.ts';

type Spread = { readonly p50: number; readonly p95: number; readonly max: number };

type DoorReport = {
  readonly door: RehearsedDoor;
  readonly viewers: number;
  readonly joinMs: Spread | undefined;
  /** Left out where the playlist has no dates. */
  readonly latencyMs: Spread | undefined;
  readonly stalls: number;
  readonly stalledSeconds: number;
};

/** What came of a rehearsal; times in milliseconds where the name says so. */
export type RehearsalReport = {
  readonly passed: boolean;
  /** Why not, one sentence each. */
  readonly reasons: readonly string[];
  readonly url: string;
  readonly seconds: number;
  readonly viewers: {
    readonly wanted: number;
    readonly came: number;
    readonly joined: number;
    readonly watching: number;
  };
  /** Of those who came, who had media within a second; the objective is `JOIN`. */
  readonly joinedInTime: number;
  /** Of those who saw something, who stood still for at most a hundredth of the time; the objective is `REBUFFER`. */
  readonly watchedWell: number;
  readonly doors: readonly DoorReport[];
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  readonly bytes: number;
  readonly mbps: { readonly mean: number; readonly peak: number };
  /** That of the audience itself. */
  readonly machine: MachineLoad;
};

/** Of a machine that is late for longer nothing is known. */
const MAX_LATE_SHARE = 0.1;

/** @param isInterrupted somebody ended it early */
export function reportOf(rehearsal: Rehearsal, url: string, isInterrupted = false): RehearsalReport {
  const { viewers, elapsedMs, bytes, errors, heldBack, machine, options } = rehearsal;
  const wanted = Object.values(options.mix).reduce((sum, count) => sum + count, 0);
  // Who came in the last second may still be in time.
  const judged = viewers.filter((each) => each.joinedMs !== undefined || each.sinceComingMs >= JOIN.withinMs);
  const inTime = judged.filter(({ joinedMs }) => joinedMs !== undefined && joinedMs <= JOIN.withinMs);
  const seen = viewers.filter(({ watched }) => watched.playedMs + watched.stalledMs > 0);
  const well = seen.filter(({ watched: { playedMs, stalledMs } }) => {
    return stalledMs / (playedMs + stalledMs) <= REBUFFER.stalledShare;
  });
  const [joinedInTime, watchedWell] = [shareOf(inTime, judged), shareOf(well, seen)];
  const reasons = [
    ...(joinedInTime < JOIN.objective
      ? [`${percent(joinedInTime)} had media within ${JOIN.withinMs} ms of coming, ${percent(JOIN.objective)} should`]
      : []),
    ...(watchedWell < REBUFFER.objective
      ? [
          `${percent(watchedWell)} stood still for at most ${percent(REBUFFER.stalledShare)} of their time, ${percent(REBUFFER.objective)} should`,
        ]
      : []),
    ...(viewers.length < wanted && !isInterrupted
      ? [`${viewers.length} of ${wanted} viewers came: ${heldBack ?? 'the time was over'}`]
      : []),
    ...(machine.lateShare > MAX_LATE_SHARE
      ? [`this machine was late for ${percent(machine.lateShare)} of the time: what was measured may be its own`]
      : []),
    ...(isInterrupted ? ['it was ended early'] : []),
  ];
  return {
    passed: reasons.length === 0,
    reasons,
    url,
    seconds: round(elapsedMs / 1000),
    viewers: {
      wanted,
      came: viewers.length,
      joined: viewers.filter(({ joinedMs }) => joinedMs !== undefined).length,
      watching: rehearsal.watchingAtEnd,
    },
    joinedInTime: round(joinedInTime, 4),
    watchedWell: round(watchedWell, 4),
    doors: DOORS.flatMap((door) => doorReport(door, viewers, rehearsal.latenciesMs[door])),
    errors: [...errors].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
    bytes,
    mbps: { mean: round((bytes * 8) / 1000 / Math.max(1, elapsedMs)), peak: round(rehearsal.peakMbps) },
    machine: {
      cpuPercent: round(machine.cpuPercent),
      delayMs: round(machine.delayMs),
      lateShare: round(machine.lateShare, 4),
    },
  };
}

function doorReport(door: RehearsedDoor, all: readonly Viewer[], latenciesMs: readonly number[]): DoorReport[] {
  const viewers = all.filter((each) => each.door === door);
  if (viewers.length === 0) return [];
  const stalledMs = viewers.reduce((sum, { watched }) => sum + watched.stalledMs, 0);
  return [
    {
      door,
      viewers: viewers.length,
      joinMs: spread(viewers.flatMap(({ joinedMs }) => (joinedMs === undefined ? [] : [joinedMs]))),
      latencyMs: spread(latenciesMs),
      stalls: viewers.reduce((sum, { watched }) => sum + watched.stalls, 0),
      stalledSeconds: round(stalledMs / 1000),
    },
  ];
}

/** For people. */
export function rehearsalText(report: RehearsalReport): string {
  const { passed, reasons, viewers, doors, errors, mbps, machine } = report;
  const lines = [
    `${passed ? 'PASS' : 'FAIL'}  ${report.url}`,
    ...reasons.map((reason) => `      ${reason}`),
    '',
    `${viewers.came} viewers came over ${report.seconds} s, ${viewers.joined} joined, ${viewers.watching} watched at the end`,
    `${percent(report.joinedInTime)} in time, ${percent(report.watchedWell)} without noticeable stalls`,
    `${mbps.mean} Mb/s on average, ${mbps.peak} at most, ${Math.round(report.bytes / 1e6)} MB in all`,
    '',
    `${'door'.padEnd(6)} viewers  join p50 / p95 / max ms   latency p50 / p95 / max ms   stalls  stalled s`,
    ...doors.map(
      ({ door, viewers: count, joinMs, latencyMs, stalls, stalledSeconds }) =>
        `${door.padEnd(6)} ${String(count).padStart(7)}  ${spreadText(joinMs).padEnd(24)}  ${spreadText(latencyMs).padEnd(26)}  ${String(stalls).padStart(6)}  ${String(stalledSeconds).padStart(9)}`,
    ),
    ...(errors.length > 0 ? ['', ...errors.map(({ code, count }) => `${String(count).padStart(7)} x ${code}`)] : []),
    '',
    `This machine: ${machine.cpuPercent} % of a core, ${machine.delayMs} ms late at worst.`,
  ];
  return `${lines.join('\n')}\n`;
}

function spread(values: readonly number[]): Spread | undefined {
  const at = (share: number) => Math.round(percentile(values, share) ?? 0);
  return values.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), max: at(1) };
}

function spreadText(of: Spread | undefined): string {
  return of === undefined ? '-' : `${of.p50} / ${of.p95} / ${of.max}`;
}

/** Of nobody nothing is well. */
function shareOf(some: readonly unknown[], all: readonly unknown[]): number {
  return all.length === 0 ? 0 : some.length / all.length;
}

function percent(share: number): string {
  return `${round(share * 100, 1)} %`;
}

function round(value: number, digits = 1): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

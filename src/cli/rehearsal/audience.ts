import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ByteMeter } from './byte-meter.ts';
import { Machine, type MachineLoad } from './machine.ts';
import { Ramp } from './ramp.ts';
import { Tally } from './tally.ts';
import { Viewer, type ViewerAddress } from './viewer.ts';
import type { RehearsedDoor } from './viewing.ts';

export type RehearsalOptions = {
  /** How many in all, at each door. */
  readonly mix: Readonly<Record<RehearsedDoor, number>>;
  /** From the first viewer to the end. */
  readonly durationMs: number;
  /** They come evenly over this time. */
  readonly rampMs: number;
  /** No further viewer comes while more than this arrives. */
  readonly maxMbps: number;
  readonly addressOf: (door: RehearsedDoor, viewer: number) => ViewerAddress;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
};

export type Progress = {
  readonly elapsedMs: number;
  readonly viewers: number;
  readonly watching: number;
  readonly stalledShare: number;
  readonly joinP95Ms: number | undefined;
  readonly mbps: number;
  readonly errors: number;
} & MachineLoad;

export type Rehearsal = {
  readonly options: RehearsalOptions;
  readonly elapsedMs: number;
  readonly viewers: readonly Viewer[];
  readonly watchingAtEnd: number;
  /** Latencies of a moment each second, by door. */
  readonly latenciesMs: Readonly<Record<RehearsedDoor, readonly number[]>>;
  readonly errors: ReadonlyMap<string, number>;
  readonly bytes: number;
  readonly peakMbps: number;
  readonly machine: MachineLoad;
  /** What was in the way of more viewers, at the last time when something was. */
  readonly heldBack: string | undefined;
};

const LOOK_MS = 1000;
const STEP_MS = 50;
const MAX_LATENCIES = 100_000;

/** Lets the audience come, watch and go. */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { mix, durationMs, rampMs } = options;
  const nowMs = () => performance.now();
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  // Each viewer has a few.
  setMaxListeners(0, signal);
  const waitMs = (ms: number) => delay(ms, undefined, { signal }).then(noop, noop);
  const viewers: Viewer[] = [];
  const watching: Promise<void>[] = [];
  const latenciesMs = { flv: [] as number[], hls: [] as number[], llhls: [] as number[] };
  const [errors, meter, machine] = [new Tally(), new ByteMeter(nowMs()), new Machine(nowMs())];
  const ends = { onBytes: (count: number) => meter.add(count), onError: (code: string) => errors.add(code) };
  const add = (door: RehearsedDoor) => {
    const number = viewers.length;
    const address = () => options.addressOf(door, number);
    const viewer = new Viewer({ door, address, nowMs, wallMs: Date.now, waitMs, signal, ...ends });
    viewers.push(viewer);
    watching.push(viewer.watch());
  };
  const doors = doorsInTurn(mix);
  const startedAtMs = nowMs();
  const ramp = new Ramp(doors.length, rampMs, startedAtMs);
  let obstacle: string | undefined;
  let heldBack: string | undefined;
  for (let lookAtMs = startedAtMs; !signal.aborted && nowMs() - startedAtMs < durationMs; await waitMs(STEP_MS)) {
    const due = ramp.due(nowMs(), obstacle !== undefined);
    for (const door of doors.slice(viewers.length, due)) add(door);
    if (nowMs() - lookAtMs < LOOK_MS) continue;
    lookAtMs = nowMs();
    const mbps = meter.mbps(nowMs());
    obstacle = obstacleOf(machine.lateMs(), mbps, options.maxMbps);
    heldBack = obstacle ?? heldBack;
    for (const viewer of viewers) sample(viewer, latenciesMs[viewer.door]);
    const elapsedMs = nowMs() - startedAtMs;
    options.onProgress({ elapsedMs, mbps, errors: errors.total, ...machine.load(nowMs()), ...momentOf(viewers) });
  }
  const elapsedMs = nowMs() - startedAtMs;
  for (const viewer of viewers) viewer.settle();
  const end = { elapsedMs, watchingAtEnd: momentOf(viewers).watching, machine: machine.load(nowMs()) };
  machine.close();
  ending.abort();
  await Promise.all(watching);
  const { bytes, peakMbps } = meter;
  return { options, ...end, viewers, latenciesMs, errors: errors.counts, bytes, peakMbps, heldBack };
}

function noop(): void {}

function sample(viewer: Viewer, latenciesMs: number[]): void {
  viewer.settle();
  const { latencyMs } = viewer;
  if (latencyMs !== undefined && latenciesMs.length < MAX_LATENCIES) latenciesMs.push(latencyMs);
}

function obstacleOf(lateMs: number | undefined, mbps: number, maxMbps: number): string | undefined {
  if (lateMs !== undefined) return `this machine is ${Math.round(lateMs)} ms late: it carries no more viewers`;
  return mbps > maxMbps ? `${Math.round(mbps)} Mb/s arrive, more than --max-mbps allows` : undefined;
}

function momentOf(viewers: readonly Viewer[]) {
  let [playedMs, stalledMs, watching] = [0, 0, 0];
  for (const viewer of viewers) {
    playedMs += viewer.watched.playedMs;
    stalledMs += viewer.watched.stalledMs;
    if (viewer.isWatching) watching++;
  }
  const stalledShare = stalledMs / Math.max(1, playedMs + stalledMs);
  const joins = viewers.flatMap(({ joinedMs }) => (joinedMs === undefined ? [] : [joinedMs]));
  return { viewers: viewers.length, watching, stalledShare, joinP95Ms: percentile(joins, 0.95) };
}

/** The doors in an order in which each has its share of the first viewers too. */
export function doorsInTurn(mix: Readonly<Record<RehearsedDoor, number>>): readonly RehearsedDoor[] {
  const doors = Object.entries(mix) as [RehearsedDoor, number][];
  return doors
    .flatMap(([door, count]) => Array.from({ length: count }, (_, index) => ({ door, at: (index + 0.5) / count })))
    .sort((a, b) => a.at - b.at)
    .map(({ door }) => door);
}

/** The value below which so large a share lies; undefined of none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

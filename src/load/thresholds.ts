import type { Resource } from './measure.ts';

export type FirstThresholds = {
  /** Each is where the first level begins; 0 leaves the resource out. */
  readonly cpuPercent: number;
  readonly eventLoopMs: number;
  readonly memoryPercent: number;
  readonly descriptorsPercent: number;
  readonly diskFreeBytes: number;
};

/** On the way from the first threshold to 100 %: previews, new, lazy and top renditions, viewers, publishers. */
const STEPS = [0, 0.2, 0.35, 0.5, 0.65, 0.85];
/** Of the first threshold: a loop that is late by a second serves nobody any more. */
const TIMES = [1, 1.5, 2.5, 4, 8, 20];
/** Busy processors alone hurt nobody, as FFmpeg gives way: nothing that runs is ended for them. */
const LEVELS_OF_CPU = 2;
/** A full disk is no reason to send live viewers away. */
const LEVELS_OF_DISK = 1;

/** Where each level begins. */
export function thresholdsFrom(first: FirstThresholds): Partial<Record<Resource, readonly number[]>> {
  const { cpuPercent, eventLoopMs, memoryPercent, descriptorsPercent, diskFreeBytes } = first;
  const percents = (from: number) => STEPS.map((step) => from + (100 - from) * step);
  const all: Record<Resource, readonly number[]> = {
    cpu: percents(cpuPercent).slice(0, LEVELS_OF_CPU),
    'event-loop': TIMES.map((times) => eventLoopMs * times),
    memory: percents(memoryPercent),
    descriptors: percents(descriptorsPercent),
    disk: [diskFreeBytes].slice(0, LEVELS_OF_DISK),
  };
  return Object.fromEntries(Object.entries(all).filter(([, [from = 0]]) => from > 0));
}

import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../installation/index.ts';

/** One thing that was done or looked at. */
export type DrillStep = {
  /** For programs; never changes. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly finding: string;
  readonly remedy?: string;
  readonly tookMs: number;
};

/** What a drill works with. */
export type Drill = {
  /** Ends when somebody interrupts the drill. */
  readonly signal: AbortSignal;
  /** Does one thing; what it resolves with is what was found. A CliError is what is wrong, and ends the drill. */
  step(id: string, work: () => Promise<string>): Promise<void>;
  /** What was looked at, where it does not end the drill. */
  note(step: Omit<DrillStep, 'tookMs'>): void;
  /** Takes something away at the end, the last one first; never cut short. */
  after(what: string, undo: () => Promise<unknown> | unknown): void;
};

export type DrillResult = {
  readonly steps: readonly DrillStep[];
  readonly isInterrupted: boolean;
  readonly tookMs: number;
};

/** The step before it went wrong: nothing more is to be done. */
class Ended extends Error {}

/** Runs a drill to its end, and takes away all that it made, whatever happens. */
export async function runDrill(
  work: (drill: Drill) => Promise<void>,
  { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (step: DrillStep) => void },
): Promise<DrillResult> {
  const startedMs = performance.now();
  const steps: DrillStep[] = [];
  const undos: { readonly what: string; readonly undo: () => Promise<unknown> | unknown }[] = [];
  const add = (step: DrillStep) => {
    steps.push(step);
    onStep(step);
  };
  const drill: Drill = {
    signal,
    async step(id, toDo) {
      const beganMs = performance.now();
      const tookMs = () => Math.round(performance.now() - beganMs);
      try {
        signal.throwIfAborted();
        const finding = await toDo();
        add({ id, status: 'ok', finding, tookMs: tookMs() });
      } catch (error) {
        if (signal.aborted) throw new Ended();
        add({ id, status: 'fail', ...wordsOf(error), tookMs: tookMs() });
        throw new Ended();
      }
    },
    note: (step) => add({ ...step, tookMs: 0 }),
    after: (what, undo) => void undos.push({ what, undo }),
  };
  try {
    await work(drill);
  } catch (error) {
    if (!(error instanceof Ended)) add({ id: 'drill', status: 'fail', ...wordsOf(error), tookMs: 0 });
  }
  for (const { what, undo } of undos.reverse()) {
    try {
      await undo();
    } catch (error) {
      const { finding, remedy } = wordsOf(error);
      add({
        id: 'take-away',
        status: 'fail',
        finding: `${what} could not be taken away: ${finding}`,
        remedy,
        tookMs: 0,
      });
    }
  }
  return { steps, isInterrupted: signal.aborted, tookMs: Math.round(performance.now() - startedMs) };
}

function wordsOf(error: unknown): { readonly finding: string; readonly remedy: string } {
  if (error instanceof CliError) return { finding: error.message, remedy: error.remedy };
  return {
    finding: error instanceof Error ? error.message : String(error),
    remedy: 'Look into the log of the server.',
  };
}

const LOOK_EVERY_MS = 200;

export type Seen<T> = { readonly value: T; readonly afterMs: number };

/** Looks again and again until it is something, and not 0 either; a CliError with the remedy where it does not come in time. */
export async function untilSeen<T>(
  what: string,
  look: () => Promise<T> | T,
  { withinMs, signal, remedy }: { readonly withinMs: number; readonly signal: AbortSignal; readonly remedy: string },
): Promise<Seen<T>> {
  const beganMs = performance.now();
  for (;;) {
    const value = await look();
    const afterMs = Math.round(performance.now() - beganMs);
    if (value) return { value, afterMs };
    if (afterMs > withinMs) throw new CliError(`${what}: not within ${withinMs / 1000} s`, remedy);
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

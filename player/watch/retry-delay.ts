import type { TroubleState } from './watch-state.ts';

const STEPS_MS = [500, 1000, 2000, 3000, 5000, 8000];
const HOPELESS_MS = 30_000;
const JITTER = 0.2;

/**
 * The pause before try number `attempt` (from 0) after a state.
 * A refusal or an unknown codec rarely heals, so it is asked about seldom; `chance` is 0 to 1 and spreads a crowd of viewers.
 */
export function retryDelayMs(state: TroubleState, attempt: number, chance: number): number {
  const isHopeless = state.kind === 'refused' || (state.kind === 'error' && state.remedy !== undefined);
  const step = isHopeless ? HOPELESS_MS : (STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] ?? 0);
  return Math.round(step * (1 - JITTER + 2 * JITTER * chance));
}

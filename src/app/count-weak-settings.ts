import type { Metrics } from '../metrics/index.ts';
import type { Finding } from '../rules/index.ts';

const LOOK_MS = 5000;

/** Keeps the metric of weak settings as the rules and the configuration are now; returns what stops it. */
export function countWeakSettings(
  { weakSettings }: Pick<Metrics, 'weakSettings'>,
  posture: () => readonly Finding[],
): { close(): void } {
  const look = () => {
    weakSettings.reset();
    for (const { code } of posture()) weakSettings.set({ code }, 1);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

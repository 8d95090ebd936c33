import { Governor, LEVELS, MachineMeasures, thresholdsFrom, type WorkerLoad, withWorkers } from '../load/index.ts';
import type { Base } from './base.ts';

const LOOK_MS = 1000;

/**
 * What is done without while this server has too much to do; looks at the machine once a second.
 *
 * @param workers what processes that serve viewers in its place say, where there are any
 */
export function openLoad(
  { config, clock, log, metrics, closer }: Base,
  workers: () => readonly WorkerLoad[],
): Governor {
  const governor = new Governor({
    clock,
    thresholds: thresholdsFrom(config.overload),
    onChange: (level, reason) => {
      metrics.loadLevel.set(LEVELS.indexOf(level));
      log.warn({ loadLevel: level, ...(reason === undefined ? {} : { reason }) }, 'load level');
    },
  });
  metrics.loadLevel.set(0);
  const machine = new MachineMeasures(config.dataDir);
  let isLooking = false;
  const look = async () => {
    const measures = withWorkers(await machine.look(), workers());
    governor.take(measures);
    for (const { resource, value } of measures) metrics.load.set({ resource }, value);
    isLooking = false;
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look();
  }, LOOK_MS);
  timer.unref();
  closer.add('load', {
    close() {
      clearInterval(timer);
      machine.close();
    },
  });
  return governor;
}

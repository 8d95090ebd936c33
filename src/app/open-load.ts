import { Governor, LEVELS, MachineMeasures, thresholdsFrom } from '../load/index.ts';
import type { Base } from './base.ts';

const LOOK_MS = 1000;

/** What is done without while this server has too much to do; looks at the machine once a second. */
export function openLoad({ config, clock, log, metrics, closer }: Base): Governor {
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
    const measures = await machine.look();
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

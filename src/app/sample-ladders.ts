import type { Metrics } from '../metrics/index.ts';
import type { NodeHealth } from '../operations/index.ts';
import type { Ladders } from '../transcode/index.ts';

const SAMPLE_MS = 1000;

/** Counts renditions once a second; returns what stops it. */
export function sampleLadders(ladders: Ladders, metrics: Metrics): { close(): void } {
  const timer = setInterval(() => sample(ladders, metrics), SAMPLE_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

function sample(ladders: Ladders, { renditions, ladders: running, ladderSpeed, ladderLag }: Metrics): void {
  renditions.reset();
  running.reset();
  let lagMs = 0;
  let speed: number | undefined;
  for (const ladder of ladders) {
    const overview = ladder.overview();
    running.inc({ encoder: overview.encoder });
    for (const { template, state } of overview.renditions) renditions.inc({ template, state });
    lagMs = Math.max(lagMs, overview.lagMs ?? 0);
    if (overview.speed) speed = Math.min(speed ?? overview.speed, overview.speed);
  }
  ladderLag.set(lagMs / 1000);
  ladderSpeed.set(speed ?? 1);
}

/** What operators should know of the renditions that are not as the rules want them. */
export function transcodingHealth(ladders: Ladders): NonNullable<NodeHealth['transcoding']> {
  const troubles = [...ladders].flatMap((ladder) => {
    const { domain, app } = ladder.stream.id;
    return ladder
      .overview()
      .renditions.flatMap(({ name = '', template, state, reason = '' }) =>
        state === 'shed' || state === 'failed' ? [{ domain, app, name, template, state, reason }] : [],
      );
  });
  const fallbacks = [...ladders].flatMap((ladder) => ladder.overview().fallbackReason ?? []);
  const [fallbackReason = ladders.encoders.fallbackReason] = fallbacks;
  return {
    encoder: ladders.encoders.kind,
    ...(fallbackReason === undefined ? {} : { fallbackReason }),
    troubles: troubles.slice(0, MAX_TROUBLES),
  };
}

/** Enough to see what it is about; the list of streams has them all. */
const MAX_TROUBLES = 20;

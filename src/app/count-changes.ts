import type { Registry } from '../live/index.ts';

/** Counts what a list of streams must show at once: those that come, go, wait or are back. */
export function countChanges(registry: Registry): () => number {
  let changes = 0;
  const count = () => {
    changes++;
  };
  registry.listen({
    ...{ published: count, unpublished: count, interrupted: count, resumed: count, ended: count },
    ...{ renditionLive: count, renditionEnded: count },
    ...{ sourceJoined: count, sourceLeft: count, sourceSwitched: count },
  });
  return () => changes;
}

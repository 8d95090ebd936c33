import type { ViewerSessions } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Packagers } from '../server/playback/index.ts';

type Sources = {
  readonly registry: Registry;
  readonly sessions: Pick<ViewerSessions, 'streamCount'>;
  readonly packagers: Packagers;
  readonly cluster?: { readonly isWatchedElsewhere: (id: StreamId) => boolean } | undefined;
};

/**
 * Who watches a stream or one of its renditions; an HLS viewer may count twice, and all of another node count as one,
 * which is no matter to who asks.
 */
export function viewersOf({ registry, sessions, packagers, cluster }: Sources): (id: StreamId) => number {
  return (id) => {
    const stream = registry.find(id);
    const renditions = stream ? registry.renditionsOf(stream).map((each) => each.id) : [];
    const watchers = (each: StreamId) =>
      sessions.streamCount(each.domain, each.app, each.name) +
      (packagers.isInUse(each) ? 1 : 0) +
      (cluster?.isWatchedElsewhere(each) ? 1 : 0);
    return [id, ...renditions].reduce((sum, each) => sum + watchers(each), 0);
  };
}

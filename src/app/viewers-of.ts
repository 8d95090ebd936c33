import type { ViewerSessions } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Packagers } from '../server/playback/index.ts';

type Sources = {
  readonly sessions: Pick<ViewerSessions, 'streamCount'>;
  readonly packagers: Packagers;
  readonly cluster?: { readonly isWatchedElsewhere: (id: StreamId) => boolean } | undefined;
};

/**
 * Who watches a stream or one of its renditions; an HLS viewer may count twice, and all of another node count as one,
 * which is no matter to who asks.
 */
export function viewersOf({ registry, ...sources }: Sources & { readonly registry: Registry }) {
  const watchers = watchersOf(sources);
  return (id: StreamId): number => {
    const stream = registry.find(id);
    const renditions = stream ? registry.renditionsOf(stream).map((each) => each.id) : [];
    return [id, ...renditions].reduce((sum, each) => sum + watchers(each), 0);
  };
}

/** The same of one name alone. */
export function watchersOf({ sessions, packagers, cluster }: Sources): (id: StreamId) => number {
  return (id) =>
    sessions.streamCount(id.domain, id.app, id.name) +
    (packagers.isInUse(id) ? 1 : 0) +
    (cluster?.isWatchedElsewhere(id) ? 1 : 0);
}

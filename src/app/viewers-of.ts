import type { ViewerSessions } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Packagers } from '../server/playback/index.ts';

type Sources = {
  readonly registry: Registry;
  readonly sessions: Pick<ViewerSessions, 'streamCount'>;
  readonly packagers: Packagers;
};

/** Who watches a stream or one of its renditions; an HLS viewer may count twice, which is no matter to who asks. */
export function viewersOf({ registry, sessions, packagers }: Sources): (id: StreamId) => number {
  return (id) => {
    const stream = registry.find(id);
    const renditions = stream ? registry.renditionsOf(stream).map((each) => each.id) : [];
    const watchers = ({ domain, app, name }: StreamId) => sessions.streamCount(domain, app, name);
    return [id, ...renditions].reduce((sum, each) => sum + watchers(each) + (packagers.isInUse(each) ? 1 : 0), 0);
  };
}

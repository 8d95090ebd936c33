import type { StreamId } from '../live/index.ts';
import type { AllStreams, StreamSources, StreamStateDoor } from '../operations/index.ts';
import { History, lostDatabase } from '../store/index.ts';
import type { State } from './open-state.ts';

/** Streams one by one, as they are and as they were. */
export function openStreamStates({ store, blocks }: State, sources: StreamSources, all: AllStreams) {
  const history = new History(store);
  const streamState: StreamStateDoor = {
    live: (named) => all.find(idOf(named)),
    blockOf: (named) => blocks.find(named),
    async lastSession(named) {
      try {
        const [last] = await history.list({ ...named, limit: 1 });
        return last ?? 'none';
      } catch (error) {
        if (lostDatabase(error)) return undefined;
        throw error;
      }
    },
    viewers: () => sources.sessions.values(),
    viewer: (sessionId) => sources.sessions.get(sessionId),
    kickViewer: (sessionId) => void sources.sessions.close(sessionId, 'KICKED'),
  };
  return { history: { sessions: (filter: Parameters<History['list']>[0]) => history.list(filter) }, streamState };
}

function idOf({ domain, app, stream: name }: { domain: string; app: string; stream: string }): StreamId {
  return { domain, app, name };
}

import type { EnterSource, SourceFacts } from '../cluster/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Capacity, Publishers } from '../operations/index.ts';
import { PublishSession } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import { streamSetup } from './stream-setup.ts';

type Streams = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly capacity: Pick<Capacity, 'publisherObstacle'>;
};

/**
 * Where encoders of other nodes come in as sources of streams that are published here: let in there, counted here. A
 * backup joins any stream; a main source joins its backup, and has a stream of its own otherwise.
 */
export function sourceEntrance(base: Base, state: State, streams: Streams): EnterSource {
  const { config, log, clock } = base;
  const { settingsOf, marks } = state;
  const { registry, publishers, capacity } = streams;
  const setupOf = (id: StreamId) => streamSetup(id, settingsOf(id), config.limits, marks, clock);
  const isWanted = (id: StreamId, role: SourceFacts['role']) => {
    const publications = registry.sourcesOf(id)?.publications;
    if (!publications || role === 'backup') return publications !== undefined;
    return publications.has('backup') && !publications.has('main');
  };
  const refusal = (id: StreamId, { role, address, isPull }: SourceFacts) => {
    const full = capacity.publisherObstacle(id, isPull ? '' : address);
    if (full) return { code: 'LIMIT', description: full.reason };
    const setup = setupOf(id);
    if (role === 'backup' && !setup.sources?.takesBackup) {
      const description = 'the rules of this stream take no backup; leave backup=1 out, or set backup.enabled';
      return { code: 'NO_BACKUP', description };
    }
    if (registry.canPublish(id, setup, role)) return undefined;
    return { code: 'STREAM_BUSY', description: `the stream has a ${role} source already` };
  };
  return (id, facts, dismissed) => {
    if (!isWanted(id, facts.role)) return 'not-wanted';
    const refused = refusal(id, facts);
    if (refused) return { refused };
    const { sessionId, address, host: ingestHost, query, encoder, streamKeyId, node, role } = facts;
    const request = requestOf(state, id, facts);
    publishers.add({
      ...{ sessionId, id, address, ingestHost, query, encoder, startedWallMs: clock.wallMs() },
      ...(streamKeyId === undefined ? {} : { streamKeyId }),
      ...(request ? { request } : {}),
    });
    const result = registry.publish(id, { sessionId, dismissed }, () => setupOf(id), role);
    if (!result.ok) {
      publishers.remove(sessionId);
      return { refused: { code: result.code, description: 'the stream is being published already' } };
    }
    const { publication } = result;
    const publish = new PublishSession(publication, clock, log);
    publishers.attach(sessionId, publish);
    log.info({ ...id, session: sessionId, role, node, address, encoder }, 'source comes in from another node');
    return {
      media: (kind, timestamp, payload) => publish.media({ type: 'media', kind, timestamp, payload }),
      unpublish: () => publication.unpublish(),
      lost: () => publication.lost(),
    };
  };
}

/** What was asked for there, to be checked again here when the rules change. */
function requestOf({ rules }: State, { domain: name, app, name: stream }: StreamId, facts: SourceFacts) {
  const domain = rules().domain(name);
  if (!domain || facts.isPull) return undefined;
  const { query, address, host, sessionId } = facts;
  const path = `/${app}/${stream}`;
  return { ...{ domain, protocol: 'rtmp-push' as const, app, stream, path }, ...{ query, address, host, sessionId } };
}

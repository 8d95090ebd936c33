import { randomUUID } from 'node:crypto';
import type { PublisherRole, StreamId } from '../live/index.ts';
import type { Entrance, Entry, EntryRequest } from '../relay/index.ts';
import { type FarEnd, FarPublish, PublishSession } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import type { SourcesElsewhere } from './sources-elsewhere.ts';
import { streamSetup } from './stream-setup.ts';

type Refused = { readonly refused: string };
type Feed = Pick<PublishSession, 'media' | 'lost' | 'unpublish'>;

/**
 * Where pulled streams come in: as a publisher's do, with the same limits, blocks, callbacks and health; where another
 * node publishes the stream, as a source of it there.
 */
export function relayEntrance({ config, log, clock, metrics }: Base, state: State, streams: Streams): Entrance {
  const { rules, blocks, settingsOf, marks } = state;
  const { registry, publishers, limits, cluster } = streams;
  const setupOf = (id: StreamId) => streamSetup(id, settingsOf(id), config.limits, marks, clock, cluster?.before(id));

  const obstacleHere = (id: StreamId, role: PublisherRole) => {
    const domain = rules().domain(id.domain);
    if (!domain) return `there is no domain ${id.domain}; write a domain of the rules into the match of the pull`;
    if (!domain.enabled) return `the domain ${id.domain} is switched off`;
    const block = blocks.find({ domain: id.domain, app: id.app, stream: id.name });
    if (block) return 'the stream is blocked; unblock it to let it in';
    const full = limits.capacity.publisherObstacle(id, '');
    if (full) return full.reason;
    if (registry.isRendition(id)) return 'a rendition of a live stream has this name';
    const setup = setupOf(id);
    if (role === 'backup' && !setup.sources?.takesBackup) return 'the rules of the stream take no backup';
    return registry.canPublish(id, setup, role) ? undefined : 'somebody publishes under this name';
  };
  const obstacle: Entrance['obstacle'] = (id, role) => {
    const here = obstacleHere(id, role);
    if (here !== undefined || registry.sourcesOf(id)) return here;
    return cluster?.sourcesElsewhere(id)?.then((found) => found && obstacleElsewhere(found, role));
  };

  const infoOf = ({ id, pull, by, address }: EntryRequest) => {
    const encoder = `pull ${pull} (${by})`;
    const startedWallMs = clock.wallMs();
    return { sessionId: randomUUID(), id, address, encoder, ingestHost: '', query: '', startedWallMs };
  };
  const publishHere = (request: EntryRequest): PublishSession | Refused => {
    const { id, role, pull, address, dismissed } = request;
    const info = infoOf(request);
    const { sessionId } = info;
    publishers.add(info);
    const result = registry.publish(id, { sessionId, dismissed }, () => setupOf(id), role);
    if (!result.ok) {
      publishers.remove(sessionId);
      return { refused: 'somebody publishes under this name' };
    }
    const publish = new PublishSession(result.publication, clock, log);
    metrics.publishes.inc({ result: 'pulled' });
    log.info({ ...id, session: sessionId, pull, address }, 'pulled stream comes in');
    publishers.attach(sessionId, publish);
    return publish;
  };
  const enterHere = (request: EntryRequest): Entry | Refused => {
    const refused = obstacleHere(request.id, request.role);
    if (refused !== undefined) return { refused };
    const publish = publishHere(request);
    return 'refused' in publish ? publish : entryOf(() => publish);
  };
  const enterElsewhere = async (request: EntryRequest, offered: Offered): Promise<Entry | Refused> => {
    const { id, role, pull, dismissed } = request;
    const answer = await offered;
    if (answer.kind === 'refused') return { refused: answer.description };
    if (answer.kind === 'not-wanted') {
      const refused = await obstacle(id, role);
      if (refused !== undefined) return { refused };
      await cluster?.catchUp(id);
      return enterHere(request);
    }
    const { node } = answer;
    const ended = async (end: FarEnd) => {
      if (end.kind === 'dismissed') return dismissed(end.reason, end.detail);
      if (end.kind === 'broken') await cluster?.catchUp(id);
      if (isOver) return;
      const published = end.kind === 'broken' ? publishHere(request) : { refused: 'it does not answer' };
      if ('refused' in published)
        return dismissed('TAKEN_OVER', `the node ${node} had the stream: ${published.refused}`);
      log.warn({ ...id, pull, node }, 'the node that had the stream is gone, it is published here');
      published.bring(far.sent);
      feed = published;
    };
    const far = new FarPublish(
      answer.open((end) => void ended(end)),
      setupOf(id).cache,
    );
    let feed: Feed = far;
    let isOver = false;
    metrics.publishes.inc({ result: 'pulled' });
    log.info({ ...id, role, pull, node }, 'pulled stream goes on to the node that has the stream');
    return entryOf(
      () => feed,
      () => {
        isOver = true;
      },
    );
  };
  return {
    obstacle,
    enter(request) {
      const { id, role } = request;
      const offered = registry.sourcesOf(id)
        ? undefined
        : cluster?.offerElsewhere(id, role, { ...infoOf(request), isPull: true });
      if (offered) return enterElsewhere(request, offered);
      if (!cluster || registry.sourcesOf(id)) return enterHere(request);
      return cluster.catchUp(id).then(() => enterHere(request));
    },
  };
}

type Offered = NonNullable<ReturnType<NonNullable<Streams['cluster']>['offerElsewhere']>>;

/** The feed may become another one. */
function entryOf(feed: () => Feed, onOver = () => {}): Entry {
  return {
    media: (media) => feed().media({ type: 'media', ...media }),
    lost: () => {
      onOver();
      feed().lost();
    },
    unpublish: () => {
      onOver();
      feed().unpublish();
    },
  };
}

function obstacleElsewhere(found: SourcesElsewhere, role: PublisherRole): string | undefined {
  const { node } = found;
  if ('why' in found) return `the node ${node} publishes the stream and cannot be asked: ${found.why}`;
  if (!found.roles.includes(role)) return undefined;
  return role === 'main'
    ? `the node ${node} publishes the stream`
    : `the stream has a backup already, on the node ${node}`;
}

import { randomUUID } from 'node:crypto';
import type { Entrance } from '../relay/index.ts';
import { PublishSession } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { streamSetup } from './stream-setup.ts';

/** Where pulled streams come in: as a publisher's do, with the same limits, blocks, callbacks and health. */
export function relayEntrance({ config, log, clock, metrics }: Base, state: State, streams: Streams): Entrance {
  const { rules, blocks, settingsOf, marks } = state;
  const { registry, publishers, limits } = streams;
  const setupOf = (id: Parameters<typeof settingsOf>[0]) =>
    streamSetup(id, settingsOf(id), config.limits, marks, clock, streams.cluster?.before(id));
  const obstacle: Entrance['obstacle'] = (id, role) => {
    const domain = rules().domain(id.domain);
    if (!domain) return `there is no domain ${id.domain}; write a domain of the rules into the match of the pull`;
    if (!domain.enabled) return `the domain ${id.domain} is switched off`;
    const block = blocks.find({ domain: id.domain, app: id.app, stream: id.name });
    if (block) return 'the stream is blocked; unblock it to let it in';
    const full = limits.capacity.publisherObstacle(id, '');
    if (full) return full.reason;
    if (registry.isRendition(id)) return 'a rendition of a live stream has this name';
    const elsewhere = streams.cluster?.publishedBy(id);
    if (elsewhere !== undefined) return `the node ${elsewhere} publishes the stream`;
    const setup = setupOf(id);
    if (role === 'backup' && !setup.sources?.takesBackup) return 'the rules of the stream take no backup';
    return registry.canPublish(id, setup, role) ? undefined : 'somebody publishes under this name';
  };
  return {
    obstacle,
    enter({ id, role, pull, by, address, dismissed }) {
      const refused = obstacle(id, role);
      if (refused !== undefined) return { refused };
      const sessionId = randomUUID();
      const encoder = `pull ${pull} (${by})`;
      const info = { sessionId, id, address, encoder, ingestHost: '', query: '', startedWallMs: clock.wallMs() };
      publishers.add(info);
      const result = registry.publish(id, { sessionId, dismissed }, () => setupOf(id), role);
      if (!result.ok) {
        publishers.remove(sessionId);
        return { refused: 'somebody publishes under this name' };
      }
      const { publication } = result;
      const publish = new PublishSession(publication, clock, log);
      metrics.publishes.inc({ result: 'pulled' });
      log.info({ ...id, session: sessionId, pull, address }, 'pulled stream comes in');
      publishers.attach(sessionId, publish);
      return {
        media: (media) => publish.media({ type: 'media', ...media }),
        lost: () => publication.lost(),
        unpublish: () => publication.unpublish(),
      };
    },
  };
}

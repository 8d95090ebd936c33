import type { Clock, Publication, Registry, Stream } from '../live/index.ts';
import type { Logger } from '../log/index.ts';

/** Says in the log how each publish ended, and which streams ended because their publisher did not come back. */
export function logStreams(registry: Registry, clock: Clock, log: Logger): void {
  const begunAtMs = new WeakMap<Publication, number>();
  const waiting = new WeakSet<Stream>();
  registry.listen({
    sourceJoined: (publication) => {
      begunAtMs.set(publication, clock.nowMs());
      waiting.delete(publication.stream);
    },
    sourceLeft: (publication) => {
      const { stream, publisher, ending, role } = publication;
      const seconds = Math.round((clock.nowMs() - (begunAtMs.get(publication) ?? clock.nowMs())) / 100) / 10;
      log.info({ ...stream.id, session: publisher.sessionId, role, ending, seconds }, 'publish ended');
    },
    interrupted: (stream) => waiting.add(stream),
    ended: (stream) => {
      if (waiting.delete(stream)) log.info({ ...stream.id }, 'stream ended, its publisher did not come back');
    },
  });
}

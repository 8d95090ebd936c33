import { randomUUID } from 'node:crypto';
import type { Publication, Registry, SourceChange, StreamId } from '../live/index.ts';
import type { SourceEventKind, SourceNote } from '../notify/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { Base } from './base.ts';
import type { EventFlow } from './event-flow.ts';

type Neighbours = { readonly registry: Registry; readonly publishers: Publishers; readonly events: EventFlow };

const SAMPLE_MS = 1000;
const SOURCES = ['main', 'backup', 'slate', 'none'] as const;

/** In the words of operators. */
const REASONS: Readonly<Record<SourceChange['reason'], string>> = {
  STALLED: 'the source on air gave no picture any more',
  LOST: 'the source on air was gone',
  BEHIND: 'the source on air fell behind',
  MAIN_IS_WELL: 'the main source is well again',
  BY_HAND: 'chosen by hand',
  NO_SOURCE: 'no source gave a picture',
  SOURCE_IS_BACK: 'a source gives a picture again',
};

/** Tells of the sources of streams: which come and go beside another one, which is on air, and of slates. */
export function tellOfSources({ log, clock, metrics }: Base, { registry, publishers, events }: Neighbours) {
  /** The session under which the stream was last published: a slate may outlive it. */
  const sessions = new WeakMap<object, string>();
  const tell = (
    id: StreamId,
    kind: SourceEventKind,
    sessionId: string,
    data: { source: SourceNote; reason?: string },
  ) => {
    events
      .tell({ ...id, id: randomUUID(), kind, sessionId, atMs: clock.wallMs(), data })
      .catch((error) => log.error({ error, kind }, 'event could not be written'));
  };
  const besideAnother = (publication: Publication, kind: 'source_joined' | 'source_left') => {
    const { stream, role, publisher } = publication;
    const others = registry.sourcesOf(stream.id)?.publications;
    const isAlone = [...(others?.values() ?? [])].every((other) => other === publication);
    if (isAlone) return;
    const address = publishers.get(publisher.sessionId)?.info.address;
    const source = { source: role, ...(address === undefined ? {} : { address }) };
    tell(stream.id, kind, sessions.get(stream) ?? publisher.sessionId, { source });
  };
  const stopListening = registry.listen({
    published: ({ stream, publisher }) => sessions.set(stream, publisher.sessionId),
    sourceJoined: (publication) => besideAnother(publication, 'source_joined'),
    sourceLeft: (publication) => besideAnother(publication, 'source_left'),
    sourceSwitched: (stream, { from, to, reason }) => {
      metrics.sourceSwitches.inc({ to, reason });
      log.warn({ ...stream.id, from, to, reason }, 'another source is on air');
      const session = sessions.get(stream) ?? randomUUID();
      const note = { source: { source: to, ...(from ? { from } : {}) }, reason: REASONS[reason] };
      if (from === 'slate') tell(stream.id, 'slate_off', session, note);
      tell(stream.id, to === 'slate' ? 'slate_on' : 'source_switched', session, note);
    },
  });
  const timer = setInterval(() => {
    const counts = { main: 0, backup: 0, slate: 0, none: 0 };
    for (const { id } of registry.streams()) counts[registry.sourcesOf(id)?.sources.onAir ?? 'none']++;
    for (const source of SOURCES) metrics.sources.set({ source }, counts[source]);
  }, SAMPLE_MS).unref();
  return {
    close() {
      clearInterval(timer);
      stopListening();
    },
  };
}

import { type Registry, type StreamId, type StreamReader, streamKey } from '../live/index.ts';
import type { HighWaterMarks } from '../store/index.ts';

/** What was given out under a stream's name, so that none of it is given out twice. */
export type GivenOut = { readonly segment: number; readonly discontinuities: number };

/** Remembers the highest segment number of every stream, and how many discontinuities it had. */
export function trackSegmentNumbers(registry: Registry, marks: HighWaterMarks): void {
  registry.listen({
    published({ stream, isResumed }) {
      if (isResumed) return;
      const [segments, discontinuities] = keysOf(stream.id);
      const reader: StreamReader = {
        patienceMs: Number.POSITIVE_INFINITY,
        packet: ({ position }) => {
          if (!position.startsSegment) return;
          marks.raise(segments, position.segment);
          marks.raise(discontinuities, position.discontinuities);
        },
      };
      stream.read(reader);
    },
  });
}

/** Undefined where the name is new. After a crash more than there was, never less. */
export function givenOut(id: StreamId, marks: Pick<HighWaterMarks, 'get'>): GivenOut | undefined {
  const [segments, discontinuities] = keysOf(id);
  const segment = marks.get(segments);
  return segment === undefined ? undefined : { segment, discontinuities: marks.get(discontinuities) ?? 0 };
}

/** No stream's name has a space. */
function keysOf(id: StreamId): [segments: string, discontinuities: string] {
  const key = streamKey(id);
  return [key, `${key} discontinuities`];
}

import { type Registry, type StreamReader, streamKey } from '../live/index.ts';
import type { HighWaterMarks } from '../store/index.ts';

/** Remembers the highest segment number of every stream, so that none is given out twice. */
export function trackSegmentNumbers(registry: Registry, marks: HighWaterMarks): void {
  registry.listen({
    published({ stream, isResumed }) {
      if (isResumed) return;
      const key = streamKey(stream.id);
      const reader: StreamReader = {
        patienceMs: Number.POSITIVE_INFINITY,
        packet: ({ position }) => {
          if (position.startsSegment) marks.raise(key, position.segment);
        },
      };
      stream.read(reader);
    },
  });
}

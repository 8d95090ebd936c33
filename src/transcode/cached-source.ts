import type { Packet, Stream, TrackSet } from '../live/index.ts';
import { isCut } from './attempt.ts';
import { isSameSource } from './same-source.ts';

/**
 * What a run can begin with at once: the source from the start of the segment before this one, so that HLS has a whole
 * segment, as far back as it was the same source.
 */
export function cachedSource(stream: Stream, now: TrackSet): readonly Packet[] {
  const { packets } = stream.cache;
  const from = stream.segment - 1;
  const start = packets.findIndex(
    (packet) => packet.position.segment >= from && isCut(packet) && isSameSource(packet.position.tracks, now),
  );
  return start < 0 ? [] : packets.slice(start);
}

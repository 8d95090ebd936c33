import type { TrackSet, UnplacedPacket } from '../live/index.ts';
import { totalLength } from '../protocol/bytes/index.ts';
import {
  encodeFileHeader,
  encodePreviousTagSize,
  encodeTag,
  encodeTagHeader,
  previousTagSizeBytes,
  tagHeaderBytes,
} from '../protocol/flv/index.ts';
import type { Framing } from './framing.ts';
import { packetBody, parameterBodies } from './tag-bodies.ts';

/** An FLV file without end (FLV 10.1, annex E). Timestamps are stream time modulo 2^32. */
export const flvFraming: Framing = {
  head(tracks: TrackSet): readonly Uint8Array[] {
    const hasVideo = tracks.video !== undefined;
    const hasAudio = tracks.audio !== undefined;
    return [encodeFileHeader({ hasVideo, hasAudio }), ...this.parameters(tracks, 0)];
  },

  parameters(tracks: TrackSet, dtsMs: number): readonly Uint8Array[] {
    return parameterBodies(tracks).map((body) => encodeTag(body.type, dtsMs, ...body.pieces));
  },

  packet(packet: UnplacedPacket): readonly Uint8Array[] {
    const { type, pieces } = packetBody(packet);
    const sizeBytes = totalLength(pieces);
    const header = new Uint8Array(tagHeaderBytes);
    encodeTagHeader(type, sizeBytes, packet.dtsMs, header);
    const size = new Uint8Array(previousTagSizeBytes);
    encodePreviousTagSize(sizeBytes, size, 0);
    return [header, ...pieces, size];
  },
};

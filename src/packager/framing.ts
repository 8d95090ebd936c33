import type { TrackSet, UnplacedPacket } from '../live/index.ts';

/** How a door writes a stream that all of its viewers share: pure functions of what they are given. */
export interface Framing {
  /** What every viewer gets first: file header, metadata, decoder parameters. */
  head(tracks: TrackSet): readonly Uint8Array[];
  /** Decoder parameters and metadata alone, for a change in mid-stream. */
  parameters(tracks: TrackSet, dtsMs: number): readonly Uint8Array[];
  /** In pieces, so that a flush copies each payload once. */
  packet(packet: UnplacedPacket): readonly Uint8Array[];
  /** What goes before bytes that are written at once, where the door has an envelope for that. */
  envelope?(sizeBytes: number): Uint8Array;
}

import type { TrackSet, UnplacedPacket } from '../live/index.ts';
import { type TagType, tagTypeIds } from '../protocol/flv/index.ts';
import { serializeMessage } from '../protocol/rtmp/index.ts';
import type { Framing } from './framing.ts';
import { packetBody, parameterBodies } from './tag-bodies.ts';

const chunkStreamIds: Readonly<Record<TagType, number>> = { audio: 4, video: 6, script: 5 };

/**
 * RTMP chunks that every player of a stream can share: whole headers, absolute timestamps, and chunk streams that the
 * player's own session does not use.
 *
 * @param chunkSize what each player was told with Set Chunk Size
 * @param messageStreamId the id that each player's createStream was answered with
 */
export function rtmpFraming(chunkSize: number, messageStreamId: number): Framing {
  const message = (type: TagType, timestamp: number, payload: readonly Uint8Array[]) =>
    serializeMessage(
      { chunkStreamId: chunkStreamIds[type], timestamp, typeId: tagTypeIds[type], messageStreamId, payload },
      chunkSize,
    );
  const parameters = (tracks: TrackSet, dtsMs: number) =>
    parameterBodies(tracks).map((body) => message(body.type, dtsMs, body.pieces));
  return {
    head: (tracks) => parameters(tracks, 0),
    parameters,
    packet(packet: UnplacedPacket) {
      const { type, pieces } = packetBody(packet);
      return [message(type, packet.dtsMs, pieces)];
    },
  };
}

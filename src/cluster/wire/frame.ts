import { ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';
import { decodeHello, encodeHello, type Hello } from './hello.ts';
import {
  type DismissedFrame,
  decodeDismissed,
  decodeMedia,
  encodeDismissed,
  encodeMediaHead,
  type MediaFrame,
} from './media.ts';
import { decodePacket, encodePacketHead, PACKET_HEAD_BYTES, type PacketFrame } from './packet.ts';
import { decodeRenditions, encodeRenditions, type RenditionsFrame } from './renditions.ts';
import { decodeRunning, encodeRunning, type RunningFrame } from './running.ts';
import { decodeTracks, encodeTracks, type TracksFrame } from './tracks.ts';

/**
 * The owner waits for its publisher; he came back; nothing more will come; the connection is alive; the sender's own
 * copy lacks the end of its last segment; all came that there is of that. Of a source: its encoder said that it is done.
 * From who has a copy: whether anybody watches it there.
 */
export type Sign = {
  readonly kind:
    | ('interrupted' | 'resumed' | 'ended' | 'alive' | 'cut' | 'whole' | 'unpublished')
    | ('watched' | 'unwatched');
};

export type Frame =
  | Hello
  | TracksFrame
  | PacketFrame
  | RenditionsFrame
  | RunningFrame
  | MediaFrame
  | DismissedFrame
  | Sign;

const TYPES: readonly Frame['kind'][] = [
  ...(['hello', 'tracks', 'packet', 'renditions'] as const),
  ...(['interrupted', 'resumed', 'ended', 'alive', 'cut'] as const),
  ...(['media', 'unpublished', 'dismissed', 'whole'] as const),
  ...(['running', 'watched', 'unwatched'] as const),
];

/** Type and length. */
export const FRAME_HEAD_BYTES = 5;
const LONGEST_PACKET_BYTES = 32 * 1024 * 1024;
const LONGEST_OTHER_BYTES = 256 * 1024;

/** Without a kind: one that only later releases know. */
export type FrameHead = { readonly kind: Frame['kind'] | undefined; readonly length: number };

/**
 * The pieces of a frame, to be written one after the other; the payload of a packet is lent.
 *
 *     type u8 | length u32 | body
 */
export function encodeFrame(frame: Frame): readonly Uint8Array[] {
  if (frame.kind !== 'packet' && frame.kind !== 'media') {
    const body = bodyOf(frame);
    return [
      encodeHead(frame.kind, body.length, FRAME_HEAD_BYTES + body.length)
        .bytes(body)
        .view(),
    ];
  }
  const head = frame.kind === 'packet' ? encodePacketHead(frame) : encodeMediaHead(frame);
  const length = head.length + frame.data.length;
  const pieces = encodeHead(frame.kind, length, FRAME_HEAD_BYTES + head.length)
    .bytes(head)
    .view();
  return frame.data.length === 0 ? [pieces] : [pieces, frame.data];
}

/** Throws where a frame is longer than any of its kind. */
export function decodeFrameHead(bytes: Uint8Array): FrameHead {
  const [type = 0, ...length] = bytes;
  const kind = TYPES[type];
  const bodyBytes = length.slice(0, 4).reduce((sum, byte) => sum * 256 + byte, 0);
  const longest =
    kind === 'packet' || kind === 'media' ? PACKET_HEAD_BYTES + LONGEST_PACKET_BYTES : LONGEST_OTHER_BYTES;
  if (bodyBytes > longest) {
    throw new MalformedError('TOO_LARGE', 'frame', `a frame of ${bodyBytes} bytes is longer than ${longest}`);
  }
  return { kind, length: bodyBytes };
}

export function decodeFrameBody(kind: Frame['kind'], body: Uint8Array): Frame {
  switch (kind) {
    case 'hello':
      return decodeHello(body);
    case 'tracks':
      return decodeTracks(body);
    case 'packet':
      return decodePacket(body);
    case 'renditions':
      return decodeRenditions(body);
    case 'running':
      return decodeRunning(body);
    case 'media':
      return decodeMedia(body);
    case 'dismissed':
      return decodeDismissed(body);
    default:
      if (body.length > 0) throw new MalformedError('TOO_LARGE', kind, `${body.length} bytes too many`);
      return { kind };
  }
}

function encodeHead(kind: Frame['kind'], length: number, capacity: number): ByteWriter {
  return new ByteWriter(capacity).u8(TYPES.indexOf(kind)).u32(length);
}

function bodyOf(frame: Exclude<Frame, PacketFrame | MediaFrame>): Uint8Array {
  switch (frame.kind) {
    case 'hello':
      return encodeHello(frame);
    case 'tracks':
      return encodeTracks(frame);
    case 'renditions':
      return encodeRenditions(frame);
    case 'running':
      return encodeRunning(frame);
    case 'dismissed':
      return encodeDismissed(frame);
    default:
      return new Uint8Array(0);
  }
}

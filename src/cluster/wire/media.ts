import { ByteReader, ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';
import { expectEnd, readText, writeText } from './text.ts';

/** What an encoder sent, as it came: an FLV tag's body. */
export type MediaFrame = {
  readonly kind: 'media';
  readonly media: 'video' | 'audio' | 'data';
  /** Unsigned 32-bit milliseconds. */
  readonly timestamp: number;
  /** A view. */
  readonly data: Uint8Array;
};

/** The node that publishes a stream takes no more of a source: why, and what else there is to say. */
export type DismissedFrame = { readonly kind: 'dismissed'; readonly reason: string; readonly detail: string };

const MEDIA: readonly MediaFrame['media'][] = ['video', 'audio', 'data'];

export const MEDIA_HEAD_BYTES = 5;

/**
 * What is before the payload.
 *
 *     media u8 | timestamp u32
 */
export function encodeMediaHead({ media, timestamp }: MediaFrame): Uint8Array {
  return new ByteWriter(MEDIA_HEAD_BYTES).u8(MEDIA.indexOf(media)).u32(timestamp).view();
}

export function decodeMedia(bytes: Uint8Array): MediaFrame {
  const reader = new ByteReader(bytes, 'media');
  const which = reader.u8();
  const media = MEDIA[which];
  if (media === undefined) throw new MalformedError('BAD_VALUE', 'media', `there is no media of kind ${which}`);
  const timestamp = reader.u32();
  return { kind: 'media', media, timestamp, data: reader.bytes(reader.remaining) };
}

/**
 *     reason | detail
 */
export function encodeDismissed({ reason, detail }: DismissedFrame): Uint8Array {
  const writer = new ByteWriter(64);
  writeText(writer, reason);
  writeText(writer, detail);
  return writer.view();
}

export function decodeDismissed(bytes: Uint8Array): DismissedFrame {
  const reader = new ByteReader(bytes, 'dismissed');
  const [reason, detail] = [readText(reader, 'dismissed'), readText(reader, 'dismissed')];
  expectEnd(reader, 'dismissed');
  return { kind: 'dismissed', reason, detail };
}

import { ByteReader, MalformedError } from '../bytes/index.ts';
import { withoutFormatByte } from './command.ts';
import { MESSAGE_TYPE, mediaKindOf, type RtmpMessage } from './message.ts';
import type { MediaEvent } from './server-events.ts';

const SET_DATA_FRAME = new TextEncoder().encode('\u0002\u0000\u000d@setDataFrame');
const MAX_AGGREGATED = 1024;

/** `@setDataFrame` as the AMF0 string that opens a publisher's metadata. */
export function setDataFramePrefix(): Uint8Array {
  return SET_DATA_FRAME;
}

/** Appends the audio, video and data that a media or aggregate message holds. */
export function mediaEventsOf(message: RtmpMessage, events: { push(event: MediaEvent): void }): void {
  if (message.typeId === MESSAGE_TYPE.aggregate) {
    for (const part of splitAggregate(message)) mediaEventsOf(part, events);
    return;
  }
  const kind = mediaKindOf(message.typeId);
  if (!kind) return;
  const { timestamp } = message;
  const payload = kind === 'data' ? scriptDataOf(message) : message.payload;
  events.push({ type: 'media', kind, timestamp, payload });
}

/** The body of an FLV script tag: without format byte and `@setDataFrame`. */
function scriptDataOf(message: RtmpMessage): Uint8Array {
  const body = withoutFormatByte(message.typeId, message.payload);
  const isSetDataFrame = SET_DATA_FRAME.every((byte, index) => body[index] === byte);
  return isSetDataFrame ? body.subarray(SET_DATA_FRAME.length) : body;
}

/** Aggregate message, section 7.1.6: tags as in FLV, whose times count from the first. */
function splitAggregate(message: RtmpMessage): RtmpMessage[] {
  const reader = new ByteReader(message.payload, 'RTMP aggregate message');
  const parts: RtmpMessage[] = [];
  let base: number | undefined;
  while (reader.remaining > 0) {
    const typeId = reader.u8();
    const length = reader.u24();
    const low = reader.u24();
    const time = reader.u8() * 0x1000000 + low;
    reader.skip(3);
    const payload = reader.bytes(length).slice();
    reader.skip(Math.min(4, reader.remaining));
    base ??= time;
    if (typeId === MESSAGE_TYPE.aggregate || parts.length >= MAX_AGGREGATED) {
      throw new MalformedError('BAD_VALUE', 'RTMP aggregate message', `part ${parts.length} of type ${typeId}`);
    }
    parts.push({ ...message, typeId, payload, timestamp: (message.timestamp + time - base) >>> 0 });
  }
  return parts;
}

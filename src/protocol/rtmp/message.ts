import { ByteReader, ByteWriter, MalformedError } from '../bytes/index.ts';

/** Message type ids of RTMP 1.0, sections 5.4 and 7.1. */
export const MESSAGE_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** A whole message. Its payload is its own memory; the timestamp is unsigned 32-bit milliseconds. */
export type RtmpMessage = {
  readonly chunkStreamId: number;
  readonly timestamp: number;
  readonly typeId: number;
  readonly messageStreamId: number;
  readonly payload: Uint8Array;
};

export type MediaKind = 'audio' | 'video' | 'data';

/** A protocol control or user control message (sections 5.4 and 7.1.7), without its chunk header. */
export type ControlMessage =
  | { readonly type: 'setChunkSize'; readonly sizeBytes: number }
  | { readonly type: 'abort'; readonly chunkStreamId: number }
  | { readonly type: 'acknowledgement'; readonly sequenceNumber: number }
  | { readonly type: 'windowAckSize'; readonly sizeBytes: number }
  | { readonly type: 'setPeerBandwidth'; readonly sizeBytes: number; readonly limitType: number }
  | { readonly type: 'streamBegin' | 'streamEof' | 'streamDry'; readonly messageStreamId: number }
  | { readonly type: 'setBufferLength'; readonly messageStreamId: number; readonly durationMs: number }
  | { readonly type: 'pingRequest' | 'pingResponse'; readonly timestamp: number }
  | { readonly type: 'unknownUserControl'; readonly eventType: number };

const EVENT = { streamBegin: 0, streamEof: 1, streamDry: 2, setBufferLength: 3, pingRequest: 6, pingResponse: 7 };

/** The control message in a payload of one of the types 1 to 6. */
export function decodeControl(typeId: number, payload: Uint8Array): ControlMessage {
  const reader = new ByteReader(payload, 'RTMP control message');
  switch (typeId) {
    case MESSAGE_TYPE.setChunkSize:
      return { type: 'setChunkSize', sizeBytes: reader.u32() };
    case MESSAGE_TYPE.abort:
      return { type: 'abort', chunkStreamId: reader.u32() };
    case MESSAGE_TYPE.acknowledgement:
      return { type: 'acknowledgement', sequenceNumber: reader.u32() };
    case MESSAGE_TYPE.windowAckSize:
      return { type: 'windowAckSize', sizeBytes: reader.u32() };
    case MESSAGE_TYPE.setPeerBandwidth:
      return { type: 'setPeerBandwidth', sizeBytes: reader.u32(), limitType: reader.remaining > 0 ? reader.u8() : 2 };
    case MESSAGE_TYPE.userControl:
      return decodeUserControl(reader);
    default:
      throw new MalformedError('BAD_VALUE', 'RTMP control message', `type ${typeId} is no control message`);
  }
}

function decodeUserControl(reader: ByteReader): ControlMessage {
  const eventType = reader.u16();
  switch (eventType) {
    case EVENT.streamBegin:
      return { type: 'streamBegin', messageStreamId: reader.u32() };
    case EVENT.streamEof:
      return { type: 'streamEof', messageStreamId: reader.u32() };
    case EVENT.streamDry:
      return { type: 'streamDry', messageStreamId: reader.u32() };
    case EVENT.setBufferLength:
      return { type: 'setBufferLength', messageStreamId: reader.u32(), durationMs: reader.u32() };
    case EVENT.pingRequest:
      return { type: 'pingRequest', timestamp: reader.u32() };
    case EVENT.pingResponse:
      return { type: 'pingResponse', timestamp: reader.u32() };
    default:
      return { type: 'unknownUserControl', eventType };
  }
}

/** Type id and payload of a control message. */
export function encodeControl(message: ControlMessage): { readonly typeId: number; readonly payload: Uint8Array } {
  const writer = new ByteWriter(16);
  switch (message.type) {
    case 'setChunkSize':
    case 'windowAckSize':
      return { typeId: MESSAGE_TYPE[message.type], payload: writer.u32(message.sizeBytes).toBytes() };
    case 'abort':
      return { typeId: MESSAGE_TYPE.abort, payload: writer.u32(message.chunkStreamId).toBytes() };
    case 'acknowledgement':
      return { typeId: MESSAGE_TYPE.acknowledgement, payload: writer.u32(message.sequenceNumber).toBytes() };
    case 'setPeerBandwidth':
      writer.u32(message.sizeBytes).u8(message.limitType);
      return { typeId: MESSAGE_TYPE.setPeerBandwidth, payload: writer.toBytes() };
    case 'setBufferLength':
      writer.u16(EVENT.setBufferLength).u32(message.messageStreamId).u32(message.durationMs);
      break;
    case 'pingRequest':
    case 'pingResponse':
      writer.u16(EVENT[message.type]).u32(message.timestamp);
      break;
    case 'unknownUserControl':
      writer.u16(message.eventType);
      break;
    default:
      writer.u16(EVENT[message.type]).u32(message.messageStreamId);
  }
  return { typeId: MESSAGE_TYPE.userControl, payload: writer.toBytes() };
}

/** What kind of media a message type carries, if any. */
export function mediaKindOf(typeId: number): MediaKind | undefined {
  switch (typeId) {
    case MESSAGE_TYPE.video:
      return 'video';
    case MESSAGE_TYPE.audio:
      return 'audio';
    case MESSAGE_TYPE.dataAmf0:
    case MESSAGE_TYPE.dataAmf3:
      return 'data';
    default:
      return undefined;
  }
}

import type { Amf0Object, Amf0Value } from '../amf/index.ts';
import { isAmf0Object } from '../amf/index.ts';
import { MalformedError } from '../bytes/index.ts';
import { AckCounter } from './ack-counter.ts';
import { type ChunkLimits, ChunkReader, DEFAULT_CHUNK_LIMITS } from './chunk-reader.ts';
import { ChunkWriter, type ExtendedTimestampHabit } from './chunk-writer.ts';
import { decodeCommand, encodeCommand, parseStatus, type RtmpCommand, type StatusInfo } from './command.ts';
import { ClientHandshake, type RandomBytes } from './handshake.ts';
import { mediaEventsOf, setDataFramePrefix } from './media-payload.ts';
import { decodeControl, MESSAGE_TYPE, type MediaKind, type RtmpMessage } from './message.ts';
import type { MediaEvent } from './server-events.ts';

export type RtmpClientEvent =
  /** `properties` and `info` are the two objects of the answer to connect. */
  | { readonly type: 'connected'; readonly properties: Amf0Object; readonly info: Amf0Object }
  | { readonly type: 'published' }
  | { readonly type: 'playing' }
  | MediaEvent
  | ({ readonly type: 'status' } & StatusInfo)
  | { readonly type: 'streamEof' }
  | { readonly type: 'reconnectRequest'; readonly tcUrl: string; readonly description: string };

export type RtmpClientSessionOptions = {
  readonly randomBytes: RandomBytes;
  readonly wanted: 'publish' | 'play';
  /** Sent as they stand: how a URL is split is the caller's choice. */
  readonly tcUrl: string;
  readonly app: string;
  readonly streamName: string;
  readonly chunkSize?: number;
  readonly handshake?: 'simple' | 'digest';
  readonly extendedTimestamps?: ExtendedTimestampHabit;
  readonly flashVer?: string;
  /** More members of the connect object, e.g. `capsEx` and `fourCcList` of Enhanced RTMP. */
  readonly connectProperties?: Amf0Object;
  readonly limits?: ChunkLimits;
};

const TRANSACTION = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, request: 5 } as const;
const MEDIA = {
  audio: { chunkStreamId: 4, typeId: MESSAGE_TYPE.audio },
  video: { chunkStreamId: 6, typeId: MESSAGE_TYPE.video },
  data: { chunkStreamId: 5, typeId: MESSAGE_TYPE.dataAmf0 },
} as const;

/** One RTMP connection seen from a publisher or player, without a socket. Its first output is the handshake. */
export class RtmpClientSession {
  readonly #options: RtmpClientSessionOptions;
  readonly #handshake: ClientHandshake;
  readonly #reader: ChunkReader;
  readonly #writer: ChunkWriter;
  readonly #acks = new AckCounter(2_500_000);
  #isHandshakeDone = false;
  #messageStreamId: number | undefined;

  constructor(options: RtmpClientSessionOptions) {
    this.#options = options;
    this.#handshake = new ClientHandshake(options.randomBytes, options.handshake);
    this.#reader = new ChunkReader(options.limits ?? DEFAULT_CHUNK_LIMITS);
    this.#writer = new ChunkWriter(options.extendedTimestamps);
    this.#writer.writeRaw(this.#handshake.start());
  }

  push(bytes: Uint8Array): RtmpClientEvent[] {
    const ack = this.#acks.received(bytes.length);
    if (ack !== undefined && this.#isHandshakeDone) {
      this.#writer.writeControl({ type: 'acknowledgement', sequenceNumber: ack });
    }
    const events: RtmpClientEvent[] = [];
    const rest = this.#isHandshakeDone ? bytes : this.#shakeHands(bytes);
    if (rest.length > 0) for (const message of this.#reader.push(rest)) this.#handle(message, events);
    return events;
  }

  /** What is to be sent, in order; the arrays belong to the caller. */
  takeOutput(): Uint8Array[] {
    return this.#writer.take();
  }

  /** Sends an FLV tag body once `published` was seen; data gets its `@setDataFrame`. */
  sendMedia(kind: MediaKind, timestamp: number, payload: Uint8Array): void {
    if (this.#messageStreamId === undefined) throw new RangeError('there is no message stream yet');
    const pieces = kind === 'data' ? [setDataFramePrefix(), payload] : [payload];
    this.#writer.write({ ...MEDIA[kind], timestamp, messageStreamId: this.#messageStreamId, payload: pieces });
  }

  /** Ends the publishing or playing in words; the socket is the caller's to close. */
  stop(): void {
    if (this.#messageStreamId === undefined) return;
    if (this.#options.wanted === 'publish') this.#command('FCUnpublish', 6, null, this.#options.streamName);
    this.#command('deleteStream', 7, null, this.#messageStreamId);
    this.#messageStreamId = undefined;
  }

  #shakeHands(bytes: Uint8Array): Uint8Array {
    const step = this.#handshake.push(bytes);
    if (!step.isDone) return step.rest;
    this.#isHandshakeDone = true;
    this.#writer.writeRaw(step.output);
    this.#writer.writeControl({ type: 'setChunkSize', sizeBytes: this.#options.chunkSize ?? 65_536 });
    const { app, tcUrl, flashVer = 'FMLE/3.0 (compatible; Headwater)', connectProperties } = this.#options;
    this.#command('connect', TRANSACTION.connect, { app, type: 'nonprivate', flashVer, tcUrl, ...connectProperties });
    return step.rest;
  }

  #handle(message: RtmpMessage, events: RtmpClientEvent[]): void {
    switch (message.typeId) {
      case MESSAGE_TYPE.userControl:
      case MESSAGE_TYPE.windowAckSize:
        this.#handleControl(message, events);
        break;
      case MESSAGE_TYPE.commandAmf0:
      case MESSAGE_TYPE.commandAmf3:
        this.#handleCommand(decodeCommand(message.typeId, message.payload), events);
        break;
      default:
        // node-media-server 4 sends media on another message stream than it answered createStream with.
        if (this.#options.wanted === 'play') mediaEventsOf(message, events);
    }
  }

  #handleControl(message: RtmpMessage, events: RtmpClientEvent[]): void {
    const control = decodeControl(message.typeId, message.payload);
    if (control.type === 'windowAckSize') this.#acks.setWindow(control.sizeBytes);
    else if (control.type === 'pingRequest') this.#writer.writeControl({ ...control, type: 'pingResponse' });
    else if (control.type === 'streamEof') events.push({ type: 'streamEof' });
  }

  #handleCommand(command: RtmpCommand, events: RtmpClientEvent[]): void {
    switch (command.name) {
      case '_result':
        this.#handleResult(command, events);
        break;
      case '_error':
        events.push({ type: 'status', ...parseStatus(command), level: 'error' });
        break;
      case 'onStatus':
        this.#handleStatus(command, events);
        break;
    }
  }

  #handleResult({ transactionId, args }: RtmpCommand, events: RtmpClientEvent[]): void {
    const { streamName, wanted } = this.#options;
    if (transactionId === TRANSACTION.connect) {
      events.push({ type: 'connected', properties: recordOf(args[0]), info: recordOf(args[1]) });
      if (wanted === 'publish') {
        this.#command('releaseStream', TRANSACTION.releaseStream, null, streamName);
        this.#command('FCPublish', TRANSACTION.fcPublish, null, streamName);
      }
      this.#command('createStream', TRANSACTION.createStream, null);
    } else if (transactionId === TRANSACTION.createStream) {
      const id = args[1];
      if (typeof id !== 'number') throw new MalformedError('BAD_VALUE', 'RTMP createStream', 'no message stream id');
      this.#messageStreamId = id >>> 0;
      const more = wanted === 'publish' ? ['live'] : [-2000];
      this.#command(wanted, TRANSACTION.request, null, streamName, ...more);
    }
  }

  #handleStatus(command: RtmpCommand, events: RtmpClientEvent[]): void {
    const status = parseStatus(command);
    events.push({ type: 'status', ...status });
    if (status.code === 'NetStream.Publish.Start') events.push({ type: 'published' });
    else if (status.code === 'NetStream.Play.Start') events.push({ type: 'playing' });
    else if (status.code === 'NetConnection.Connect.ReconnectRequest') {
      const { tcUrl } = recordOf(command.args[1]);
      const { description } = status;
      events.push({ type: 'reconnectRequest', tcUrl: typeof tcUrl === 'string' ? tcUrl : '', description });
    }
  }

  #command(name: string, transactionId: number, ...args: readonly Amf0Value[]): void {
    const isOnStream = name === 'publish' || name === 'play';
    this.#writer.write({
      chunkStreamId: isOnStream ? 8 : 3,
      timestamp: 0,
      typeId: MESSAGE_TYPE.commandAmf0,
      messageStreamId: isOnStream ? (this.#messageStreamId ?? 0) : 0,
      payload: [encodeCommand({ name, transactionId, args })],
    });
  }
}

function recordOf(value: Amf0Value): Amf0Object {
  return isAmf0Object(value) ? value : {};
}

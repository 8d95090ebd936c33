import { MalformedError } from '../bytes/index.ts';
import { AckCounter } from './ack-counter.ts';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { decodeCommand, type RtmpCommand } from './command.ts';
import { type RandomBytes, ServerHandshake } from './handshake.ts';
import { mediaEventsOf } from './media-payload.ts';
import { decodeControl, MESSAGE_TYPE, mediaKindOf, type RtmpMessage } from './message.ts';
import { ServerCommands } from './server-commands.ts';
import { DEFAULT_RTMP_SERVER_LIMITS, type RtmpServerEvent, type RtmpServerLimits } from './server-events.ts';
import { CAPS_EX_RECONNECT } from './server-replies.ts';

export type RtmpServerSessionOptions = {
  readonly randomBytes: RandomBytes;
  readonly limits?: Partial<RtmpServerLimits>;
  readonly windowAckSizeBytes?: number;
  /** Of the chunks this side sends. */
  readonly chunkSize?: number;
};

/**
 * One RTMP connection seen from the server, without a socket: bytes go in, events and bytes come out. After a publish
 * or play event nothing more is read until it is accepted or rejected. Wrong bytes throw MalformedError, after which
 * the session is of no more use.
 */
export class RtmpServerSession {
  readonly #limits: RtmpServerLimits;
  readonly #handshake: ServerHandshake;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  readonly #commands: ServerCommands;
  readonly #acks: AckCounter;
  #isHandshakeDone = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #commandCount = 0;
  #ignoredMessages = 0;

  constructor(options: RtmpServerSessionOptions) {
    this.#limits = { ...DEFAULT_RTMP_SERVER_LIMITS, ...options.limits };
    this.#handshake = new ServerHandshake(options.randomBytes);
    this.#reader = new ChunkReader(this.#chunkLimits(this.#limits.maxIdleMessageBytes));
    const windowAckSizeBytes = options.windowAckSizeBytes ?? 2_500_000;
    this.#acks = new AckCounter(windowAckSizeBytes);
    this.#commands = new ServerCommands(this.#writer, { windowAckSizeBytes, chunkSize: options.chunkSize ?? 65_536 });
  }

  /** Messages that this peer had no right to send, and were dropped. */
  get ignoredMessages(): number {
    return this.#ignoredMessages;
  }

  /** Memory held by unfinished messages and by input behind an open request. */
  get bufferedBytes(): number {
    return this.#reader.bytesUnderAssembly + this.#heldBytes;
  }

  /** Of the chunks this side sends; what `serializeMessage` needs for a player. */
  get chunkSize(): number {
    return this.#writer.chunkSize;
  }

  get isHandshakeDone(): boolean {
    return this.#isHandshakeDone;
  }

  push(bytes: Uint8Array): RtmpServerEvent[] {
    const events: RtmpServerEvent[] = [];
    const ack = this.#acks.received(bytes.length);
    if (ack !== undefined && this.#isHandshakeDone) {
      this.#writer.writeControl({ type: 'acknowledgement', sequenceNumber: ack });
    }
    this.#read(this.#isHandshakeDone ? bytes : this.#shakeHands(bytes), events);
    return events;
  }

  /** What is to be sent, in order; the arrays belong to the caller. */
  takeOutput(): Uint8Array[] {
    return this.#writer.take();
  }

  /** Starts the publisher; returns the events of what had been held back. */
  acceptPublish(requestId: number): RtmpServerEvent[] {
    this.#commands.acceptPublish(requestId);
    this.#reader.setLimits(this.#chunkLimits(this.#limits.maxMessageBytes));
    return this.#resume();
  }

  /** `code` as in `NetStream.Publish.BadName` or `NetStream.Publish.Denied`. */
  rejectPublish(requestId: number, code: string, description: string): RtmpServerEvent[] {
    this.#commands.reject('publish', requestId, code, description);
    return this.#resume();
  }

  /** Starts the player; media then is written by the caller on the event's message stream. */
  acceptPlay(requestId: number): RtmpServerEvent[] {
    this.#commands.acceptPlay(requestId);
    return this.#resume();
  }

  /** `code` as in `NetStream.Play.StreamNotFound` or `NetStream.Play.Failed`. */
  rejectPlay(requestId: number, code: string, description: string): RtmpServerEvent[] {
    this.#commands.reject('play', requestId, code, description);
    return this.#resume();
  }

  /** Tells the player that the stream is over; does nothing when none plays. */
  endPlay(): void {
    this.#commands.endPlay();
  }

  /** Tells the publisher why it is cut off; its media are ignored from here on. */
  endPublish(code: string, description: string): void {
    this.#commands.endPublish(code, description);
    this.#afterUnpublish();
  }

  /** Asks for a `pong` event with the same value, taken modulo 2^32. */
  ping(timestamp: number): void {
    this.#writer.writeControl({ type: 'pingRequest', timestamp: timestamp >>> 0 });
  }

  /** Enhanced RTMP v2 reconnect request; false when the peer does not know it. */
  requestReconnect(description: string, tcUrl?: string): boolean {
    if (((this.#commands.client?.capsEx ?? 0) & CAPS_EX_RECONNECT) === 0) return false;
    this.#commands.requestReconnect(description, tcUrl);
    return true;
  }

  #shakeHands(bytes: Uint8Array): Uint8Array {
    const step = this.#handshake.push(bytes);
    if (step.output.length > 0) this.#writer.writeRaw(step.output);
    this.#isHandshakeDone = step.isDone;
    return step.rest;
  }

  #read(bytes: Uint8Array, events: RtmpServerEvent[]): void {
    if (bytes.length === 0) return;
    if (this.#commands.hasOpenRequest) {
      this.#hold(new Uint8Array(bytes));
      return;
    }
    this.#reader.feed(bytes);
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      this.#handle(message, events);
      if (this.#commands.hasOpenRequest) {
        this.#hold(this.#reader.takeRest());
        return;
      }
    }
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#limits.maxHeldBytes) {
      throw new MalformedError('TOO_LARGE', 'RTMP session', `${this.#heldBytes} bytes before the request was decided`);
    }
    this.#held.push(bytes);
  }

  #resume(): RtmpServerEvent[] {
    const events: RtmpServerEvent[] = [];
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const bytes of held) this.#read(bytes, events);
    return events;
  }

  #handle(message: RtmpMessage, events: RtmpServerEvent[]): void {
    switch (message.typeId) {
      case MESSAGE_TYPE.acknowledgement:
      case MESSAGE_TYPE.setPeerBandwidth:
        return;
      case MESSAGE_TYPE.userControl:
      case MESSAGE_TYPE.windowAckSize:
        this.#handleControl(message, events);
        break;
      case MESSAGE_TYPE.commandAmf0:
      case MESSAGE_TYPE.commandAmf3:
        this.#handleCommand(message, events);
        break;
      default:
        this.#handleMedia(message, events);
    }
  }

  #handleControl(message: RtmpMessage, events: RtmpServerEvent[]): void {
    const control = decodeControl(message.typeId, message.payload);
    if (control.type === 'windowAckSize') this.#acks.setWindow(control.sizeBytes);
    else if (control.type === 'pingRequest') this.#writer.writeControl({ ...control, type: 'pingResponse' });
    else if (control.type === 'pingResponse') events.push({ type: 'pong', timestamp: control.timestamp });
  }

  #handleCommand(message: RtmpMessage, events: RtmpServerEvent[]): void {
    if (++this.#commandCount > this.#limits.maxCommands) {
      throw new MalformedError('TOO_MANY', 'RTMP session', `more than ${this.#limits.maxCommands} commands`);
    }
    const command: RtmpCommand = decodeCommand(message.typeId, message.payload);
    for (const event of this.#commands.handle(command, message.messageStreamId)) {
      if (event.type === 'unpublish') this.#afterUnpublish();
      events.push(event);
    }
  }

  #handleMedia(message: RtmpMessage, events: RtmpServerEvent[]): void {
    const isKnown = mediaKindOf(message.typeId) !== undefined || message.typeId === MESSAGE_TYPE.aggregate;
    if (isKnown && message.messageStreamId === this.#commands.publishingStreamId) {
      mediaEventsOf(message, events);
      return;
    }
    if (++this.#ignoredMessages > this.#limits.maxIgnoredMessages) {
      throw new MalformedError('BAD_STATE', 'RTMP session', 'media from a peer that publishes nothing');
    }
  }

  #afterUnpublish(): void {
    this.#reader.setLimits(this.#chunkLimits(this.#limits.maxIdleMessageBytes));
  }

  #chunkLimits(maxMessageBytes: number) {
    const { maxChunkStreams, maxAssemblyBytes } = this.#limits;
    return { maxMessageBytes, maxChunkStreams, maxAssemblyBytes: Math.min(maxAssemblyBytes, 4 * maxMessageBytes) };
  }
}

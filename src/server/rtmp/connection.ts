import type { Socket } from 'node:net';
import { normaliseAddress } from '../../access/index.ts';
import type { Logger } from '../../log/index.ts';
import type { ViewerOutlet } from '../../packager/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { type RtmpServerEvent, RtmpServerSession } from '../../protocol/rtmp/index.ts';
import { outletOf } from '../outlet/index.ts';
import { PlaySession } from './play-session.ts';
import { PublishRequestHandler } from './publish-request.ts';
import type { Publishing } from './publish-session.ts';
import { readInPlace } from './read-in-place.ts';
import { LONGEST_REST_MS, RTMP_CHUNK_SIZE, type RtmpDoor, type RtmpEnd } from './rtmp-door.ts';
import type { SessionConnection } from './session-connection.ts';

/** A connection that asks for no stream by then, or after the end of the one it had, is closed. */
const OPENING_MS = 15_000;
/** A publisher or player is asked for a sign of life this often; one that gave none since the last time is gone. */
const PING_INTERVAL_MS = 30_000;
/** What a peer still sends is read and dropped this long, so that our last words reach it before the reset. */
const CLOSING_MS = 1000;
/** A player that is behind at the end gets this long for what it has not read. */
const DRAINING_MS = 10_000;
/** Answers that a peer may leave unread; media has its own bound. */
const MAX_UNREAD_ANSWER_BYTES = 1024 * 1024;
/** Input that is taken in while a request waits for its decision; the rest waits in the socket. */
const MAX_WAITING_INPUT_BYTES = 256 * 1024;
/** What a peer calls itself is logged and shown; longer texts are cut. */
const MAX_ENCODER_LENGTH = 200;
const MAX_PAGE_LENGTH = 1000;

/** A publisher that has more to send than this at a time is read at once. */
const MOST_GATHERED_BYTES = 32_768;

/** One RTMP socket: bytes to the session and back, until one of the two ends. */
export class RtmpConnection implements SessionConnection {
  readonly id: string;
  readonly #socket: Socket;
  /** Where media and answers are written. */
  readonly outlet: ViewerOutlet;
  readonly #door: RtmpDoor;
  readonly #session: RtmpServerSession;
  #log: Logger;
  readonly #address: string;
  #encoder = '';
  #page = '';
  #publish: Publishing | undefined;
  #play: PlaySession | undefined;
  #isEnded = false;
  #isDeciding = false;
  /** It said that it stops, and has not begun anew: what comes now is only the end of the socket. */
  #isDone = false;
  #isHeard = false;
  #unreadAnswerBytes = 0;
  #cancelTimer: () => void = () => {};

  /** @param accepted taken over. @param address the peer's own, behind load balancers too */
  constructor(accepted: Socket, address: string, door: RtmpDoor) {
    this.id = door.newId();
    this.#door = door;
    this.#address = normaliseAddress(address) ?? address;
    this.#log = door.log.child({ connection: this.id });
    this.#session = new RtmpServerSession({
      randomBytes: door.randomBytes,
      limits: { maxMessageBytes: door.limits.messageBytes },
      chunkSize: RTMP_CHUNK_SIZE,
    });
    this.#awaitRequest();
    const socket = readInPlace(accepted, (bytes) => this.#take(bytes));
    this.#socket = socket;
    this.outlet = outletOf(socket);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => this.#socketFailed(code));
    socket.on('end', () => this.end('CLOSED_BY_PEER'));
    socket.on('close', () => {
      this.end('CLOSED_BY_PEER');
      this.#cancelTimer();
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
  }

  get address(): string {
    return this.#address;
  }

  get encoder(): string {
    return this.#encoder;
  }

  /** The page that a player says it is on; empty where it says none. */
  get page(): string {
    return this.#page;
  }

  get session(): RtmpServerSession {
    return this.#session;
  }

  get socket(): Socket {
    return this.#socket;
  }

  get log(): Logger {
    return this.#log;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** It has a stream of its own, and has not said that it stops. */
  get isPublishing(): boolean {
    return this.#publish !== undefined && !this.#isEnded;
  }

  /** Asks the encoder to connect anew; false where it does not know how. */
  askToReconnect(why: string): boolean {
    const isAsked = this.isPublishing && this.#session.requestReconnect(why);
    this.flush();
    return isAsked;
  }

  /** Closes the connection; what is queued is still sent unless the peer was at fault. */
  end(reason: RtmpEnd, detail: Readonly<Record<string, unknown>> = {}): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelTimer();
    this.#publish?.lost();
    this.#play?.close();
    this.flush();
    this.#closeSocket(reason);
    const fields = { reason, ...detail, address: this.#address, receivedBytes: this.#socket.bytesRead };
    this.#log.info(fields, 'RTMP connection ended');
    this.#door.onEnd(reason);
  }

  #closeSocket(reason: RtmpEnd): void {
    if (reason === 'MALFORMED' || reason === 'TOO_SLOW' || reason === 'SOCKET_ERROR') {
      this.#socket.destroy();
      return;
    }
    this.#socket.end();
    this.#socket.resume();
    if (this.#socket.destroyed) return;
    const delayMs = this.outlet.writableLength > 0 && reason !== 'SHUTDOWN' ? DRAINING_MS : CLOSING_MS;
    this.#cancelTimer = this.#door.clock.after(delayMs, () => this.#socket.destroy());
  }

  /** Sends what the session has to say. */
  flush(): void {
    if (this.outlet.writableLength === 0) this.#unreadAnswerBytes = 0;
    for (const bytes of this.#session.takeOutput()) {
      this.#unreadAnswerBytes += bytes.length;
      this.outlet.write(bytes);
    }
    if (this.#unreadAnswerBytes > MAX_UNREAD_ANSWER_BYTES) this.end('TOO_SLOW');
  }

  /** OBS closes with our last answer unread, which resets the connection after a clean stop. */
  #socketFailed(code: string | undefined): void {
    if (this.#isDone) this.end('CLOSED_BY_PEER');
    else this.end('SOCKET_ERROR', { code });
  }

  /** The bytes may be malformed; nothing that goes wrong here may reach another connection. */
  #take(bytes: Uint8Array): void {
    try {
      this.#receive(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof MalformedError) {
      this.end('MALFORMED', { code: error.code, structure: error.structure, detail: error.message });
      return;
    }
    this.#log.error({ error }, 'RTMP connection failed');
    this.end('INTERNAL');
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    this.#isHeard = true;
    this.handle(this.#session.push(bytes));
    if (this.#publish) this.#readOn(this.#publish, bytes.length);
    if (this.#isDeciding && this.#session.bufferedBytes > MAX_WAITING_INPUT_BYTES) this.#socket.pause();
  }

  /** Each read costs more than what is in it: where no reader is in a hurry, the publisher's next bytes may gather. */
  #readOn({ patienceMs }: Publishing, readBytes: number): void {
    const restMs = Math.min(patienceMs, LONGEST_REST_MS);
    if (restMs === 0 || readBytes > MOST_GATHERED_BYTES || this.#isEnded) return;
    this.#socket.pause();
    this.#door.clock.after(restMs, () => this.#socket.resume());
  }

  /** Acts on what the session made of the peer's bytes. */
  handle(events: readonly RtmpServerEvent[]): void {
    for (const event of events) {
      if (this.#isEnded) return;
      this.#act(event);
    }
    this.flush();
  }

  #act(event: RtmpServerEvent): void {
    switch (event.type) {
      case 'media':
        this.#publish?.media(event);
        return;
      case 'connect':
        this.#encoder = event.flashVer.slice(0, MAX_ENCODER_LENGTH);
        this.#page = event.pageUrl.slice(0, MAX_PAGE_LENGTH);
        return;
      case 'publish':
        this.#decide(() => new PublishRequestHandler(this, this.#door).handle(event));
        return;
      case 'play':
        this.#startPlay(new PlaySession(this, this.#door, event));
        return;
      case 'pause':
        this.#play?.pause(event.isPaused);
        return;
      case 'refused':
        this.#refuse(event.wanted, event.reason);
        return;
      case 'unpublish':
        this.#publish?.unpublish();
        this.#publish = undefined;
        this.#stopped();
        return;
      case 'stopPlay':
        this.#play?.close();
        this.#play = undefined;
        this.#stopped();
        return;
      default:
        return;
    }
  }

  #startPlay(play: PlaySession): void {
    this.#play = play;
    this.#decide(() => play.open());
  }

  /** A request may wait for its decision as long as its rule says, whatever else times out. */
  #decide(run: () => Promise<void>): void {
    this.#cancelTimer();
    this.#isDeciding = true;
    this.#isDone = false;
    run()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#isDeciding = false;
        this.#socket.resume();
      });
  }

  /** A name that can't be; a request beside another one leaves that one alone. */
  #refuse(wanted: 'publish' | 'play', code: string): void {
    this.#door.onAnswered(wanted, code);
    if (code === 'BUSY') this.#log.info({ wanted, code }, 'RTMP request refused');
    else this.end('REFUSED', { wanted, code });
  }

  /** The publish was accepted: from here on its media count. */
  startPublishing(publish: Publishing): void {
    this.#publish = publish;
    this.#stay();
  }

  isFedBy(publish: Publishing): boolean {
    return this.#publish === publish;
  }

  /** The play was accepted. */
  startPlaying(): void {
    this.#stay();
  }

  #stopped(): void {
    this.#isDone = true;
    this.#awaitRequest();
  }

  #awaitRequest(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#door.clock.after(OPENING_MS, () => this.end('TIMEOUT'));
  }

  /** A half-open socket takes what is written to it for many minutes: only what comes back tells. */
  #stay(): void {
    this.#cancelTimer();
    this.#isHeard = true;
    this.#pingLater();
  }

  #pingLater(): void {
    this.#cancelTimer = this.#door.clock.after(PING_INTERVAL_MS, () => {
      if (!this.#isHeard) {
        this.end('TIMEOUT');
        return;
      }
      this.#isHeard = false;
      this.#pingLater();
      this.#session.ping(Math.floor(this.#door.clock.nowMs()) >>> 0);
      this.flush();
    });
  }
}

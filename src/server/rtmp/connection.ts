import type { Socket } from 'node:net';
import { type ProxyEndpoint, ProxyProtocolReader } from '../../access/index.ts';
import type { Logger } from '../../log/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { type RtmpServerEvent, RtmpServerSession } from '../../protocol/rtmp/index.ts';
import { PlaySession } from './play-session.ts';
import { PublishRequestHandler } from './publish-request.ts';
import type { PublishSession } from './publish-session.ts';
import { RTMP_CHUNK_SIZE, type RtmpDoor, type RtmpEnd } from './rtmp-door.ts';

/** A connection that neither publishes nor plays by then is closed. */
const OPENING_MS = 15_000;
const PING_INTERVAL_MS = 30_000;
/** What is written to a peer that does not read, beyond which it is given up; media has its own bound. */
const MAX_CONTROL_BACKLOG_BYTES = 1024 * 1024;

/** One RTMP socket: bytes to the session and back, until one of the two ends. */
export class RtmpConnection {
  readonly id: string;
  readonly #socket: Socket;
  readonly #door: RtmpDoor;
  readonly #session: RtmpServerSession;
  #log: Logger;
  #proxy: ProxyProtocolReader | undefined;
  #address: string;
  #host = '';
  #encoder = '';
  #publish: PublishSession | undefined;
  #play: PlaySession | undefined;
  #isEnded = false;
  #cancelTimer: () => void;

  constructor(socket: Socket, door: RtmpDoor) {
    this.id = door.newId();
    this.#socket = socket;
    this.#door = door;
    this.#address = door.clients.find({ address: socket.remoteAddress ?? '', scheme: 'http' }, {}).address;
    this.#log = door.log.child({ connection: this.id });
    this.#proxy = door.usesProxyProtocol ? new ProxyProtocolReader() : undefined;
    this.#session = new RtmpServerSession({
      randomBytes: door.randomBytes,
      limits: { maxMessageBytes: door.limits.messageBytes },
      chunkSize: RTMP_CHUNK_SIZE,
    });
    this.#cancelTimer = door.clock.after(OPENING_MS, () => this.end('TIMEOUT'));
    socket.on('data', (bytes) => this.#guard(() => this.#receive(bytes)));
    socket.on('error', () => this.end('SOCKET_ERROR'));
    socket.on('close', () => this.end('CLOSED_BY_PEER'));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
  }

  get address(): string {
    return this.#address;
  }

  get encoder(): string {
    return this.#encoder;
  }

  get host(): string {
    return this.#host;
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

  /** Closes the connection; what is queued is still sent unless the peer was at fault. */
  end(reason: RtmpEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelTimer();
    this.#publish?.publication.lost();
    this.#play?.close();
    this.flush();
    if (reason === 'MALFORMED' || reason === 'TOO_SLOW' || reason === 'SOCKET_ERROR') this.#socket.destroy();
    else this.#socket.destroySoon();
    this.#log.info({ reason, address: this.#address, receivedBytes: this.#socket.bytesRead }, 'RTMP connection ended');
    this.#door.onEnd(reason);
  }

  /** Sends what the session has to say. */
  flush(): void {
    for (const bytes of this.#session.takeOutput()) this.#socket.write(bytes);
  }

  /** Runs what may find the peer's bytes malformed. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#log.info({ code: error.code, structure: error.structure, detail: error.message }, 'RTMP input malformed');
      this.end('MALFORMED');
    }
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const rest = this.#proxy ? this.#readProxyHeader(this.#proxy, bytes) : bytes;
    if (rest.length > 0) this.handle(this.#session.push(rest));
    if (this.#socket.writableLength > MAX_CONTROL_BACKLOG_BYTES && !this.#play) this.end('TOO_SLOW');
  }

  #readProxyHeader(reader: ProxyProtocolReader, bytes: Uint8Array): Uint8Array {
    const result = reader.push(bytes);
    if (!result) return new Uint8Array(0);
    this.#proxy = undefined;
    this.#adopt(result.header.source);
    return result.rest;
  }

  #adopt(source: ProxyEndpoint | undefined): void {
    if (source && this.#door.clients.isTrusted(this.#address)) this.#address = source.address;
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
        this.#encoder = event.flashVer;
        return;
      case 'publish':
        this.#host = event.host;
        void new PublishRequestHandler(this, this.#door).handle(event).catch((error) => this.#fail(error));
        return;
      case 'play':
        this.#play = new PlaySession(this, this.#door, event);
        void this.#play.open().catch((error) => this.#fail(error));
        return;
      case 'refused':
        this.#log.info({ wanted: event.wanted, reason: event.reason }, 'RTMP request refused');
        return;
      case 'unpublish':
        this.#publish?.publication.unpublish();
        this.#publish = undefined;
        return;
      case 'stopPlay':
        this.#play?.close();
        this.#play = undefined;
        return;
      default:
        return;
    }
  }

  /** The publish was accepted: from here on its media count. */
  startPublishing(publish: PublishSession): void {
    this.#publish = publish;
    this.#stay();
  }

  /** The play was accepted. */
  startPlaying(): void {
    this.#stay();
  }

  #stay(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#door.clock.after(PING_INTERVAL_MS, () => {
      this.#session.ping(Math.floor(this.#door.clock.nowMs()) >>> 0);
      this.flush();
      this.#stay();
    });
  }

  #fail(error: unknown): void {
    if (error instanceof MalformedError) {
      this.#guard(() => {
        throw error;
      });
      return;
    }
    this.#log.error({ error }, 'RTMP request failed');
    this.end('REFUSED');
  }
}

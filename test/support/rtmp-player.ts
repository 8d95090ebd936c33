import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type Amf0Value, encodeAmf0 } from '../../src/protocol/amf/index.ts';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { MESSAGE_TYPE, RtmpClientSession, type StatusInfo, serializeMessage } from '../../src/protocol/rtmp/index.ts';
import { RtmpRefused, type RtmpTarget, splitPath } from './rtmp-publisher.ts';

const TYPES = { audio: 'audio', video: 'video', data: 'script' } as const;

/** An RTMP player over a real socket that keeps what it gets as FLV tags. */
export class RtmpPlayer {
  readonly socket: Socket;
  readonly session: RtmpClientSession;
  readonly tags: FlvTag[] = [];
  readonly statuses: StatusInfo[] = [];
  readonly closed: Promise<void>;
  readonly playing: Promise<void>;
  isClosed = false;

  constructor(target: RtmpTarget) {
    this.session = new RtmpClientSession({ randomBytes, wanted: 'play', ...splitPath(target) });
    this.socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => this.socket.destroy());
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.once('close', () => {
      this.isClosed = true;
    });
    this.socket.once('connect', () => this.flush());
    this.playing = new Promise((resolve, reject) => {
      this.socket.on('data', (bytes) => this.#receive(bytes, resolve));
      this.closed.then(() => reject(new RtmpRefused(this.statuses)));
    });
    this.playing.catch(() => undefined);
  }

  static async open(target: RtmpTarget): Promise<RtmpPlayer> {
    const player = new RtmpPlayer(target);
    await player.playing;
    return player;
  }

  flush(): void {
    for (const bytes of this.session.takeOutput()) if (this.socket.writable) this.socket.write(bytes);
  }

  /** Sends a command on the message stream that plays. */
  command(...values: Amf0Value[]): void {
    const payload = encodeAmf0(...values);
    const chunk = { chunkStreamId: 3, timestamp: 0, typeId: MESSAGE_TYPE.commandAmf0, messageStreamId: 1 };
    // The client session has told the server of chunks of 65,536 bytes.
    this.socket.write(serializeMessage({ ...chunk, payload: [payload] }, 65_536));
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #receive(bytes: Uint8Array, onPlaying: () => void): void {
    for (const event of this.session.push(bytes)) {
      if (event.type === 'status') this.statuses.push(event);
      if (event.type === 'playing') onPlaying();
      if (event.type === 'media') {
        this.tags.push({ type: TYPES[event.kind], timestampMs: event.timestamp, payload: event.payload });
      }
    }
    this.flush();
  }
}

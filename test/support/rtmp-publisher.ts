import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { RtmpClientSession, type RtmpClientSessionOptions, type StatusInfo } from '../../src/protocol/rtmp/index.ts';

export type RtmpTarget = {
  readonly port: number;
  /** `app/name?query`: split before the name, unless `split` says how. */
  readonly path: string;
  readonly split?: { readonly tcUrl: string; readonly app: string; readonly streamName: string };
};

export type PublisherOptions = RtmpTarget &
  Partial<Pick<RtmpClientSessionOptions, 'extendedTimestamps' | 'handshake' | 'connectProperties' | 'chunkSize'>>;

export type Pace = {
  /** Media seconds per second; `Infinity`, the default, as fast as the socket takes them. */
  readonly speed?: number;
  /** The timestamp to send, instead of the tag's own; taken modulo 2^32. */
  readonly timestampOf?: (tag: FlvTag, index: number) => number;
  readonly signal?: AbortSignal;
};

/** What the server said instead of Publish.Start or Play.Start. */
export class RtmpRefused extends Error {
  readonly statuses: readonly StatusInfo[];

  constructor(statuses: readonly StatusInfo[]) {
    super(`refused: ${statuses.map((status) => `${status.code} ${status.description}`).join('; ') || 'closed'}`);
    this.statuses = statuses;
  }
}

/** How tcUrl, app and name follow from `app/name?query`. */
export function splitPath({ port, path, split }: RtmpTarget) {
  if (split) return split;
  const query = path.indexOf('?');
  const slash = path.slice(0, query < 0 ? path.length : query).lastIndexOf('/');
  const app = path.slice(0, slash);
  return { tcUrl: `rtmp://127.0.0.1:${port}/${app}`, app, streamName: path.slice(slash + 1) };
}

const KINDS = { audio: 'audio', video: 'video', script: 'data' } as const;
const SET_DATA_FRAME = new TextDecoder().decode(new Uint8Array([2, 0, 13])).concat('@setDataFrame');

/** An encoder over a real socket, whose every habit is the test's. */
export class RtmpPublisher {
  readonly socket: Socket;
  readonly session: RtmpClientSession;
  readonly statuses: StatusInfo[] = [];
  /** What the server asked for by Enhanced RTMP's reconnect request. */
  readonly reconnects: { readonly tcUrl: string; readonly description: string }[] = [];
  readonly closed: Promise<void>;
  isClosed = false;

  constructor(options: PublisherOptions) {
    const { port, path: _path, split: _split, ...habits } = options;
    this.session = new RtmpClientSession({ randomBytes, wanted: 'publish', ...habits, ...splitPath(options) });
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.once('connect', () => this.flush());
  }

  /** Connects and publishes; throws `RtmpRefused` when the server says no. */
  static async open(options: PublisherOptions): Promise<RtmpPublisher> {
    const publisher = new RtmpPublisher(options);
    await publisher.published();
    return publisher;
  }

  /** Resolves with Publish.Start. */
  published(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.on('data', (bytes) => {
        for (const event of this.session.push(bytes)) {
          if (event.type === 'status') this.statuses.push(event);
          if (event.type === 'reconnectRequest') {
            this.reconnects.push({ tcUrl: event.tcUrl, description: event.description });
          }
          if (event.type === 'published') resolve();
        }
        this.flush();
      });
      this.closed.then(() => reject(new RtmpRefused(this.statuses)));
    });
  }

  /** Writes what the session has to say; false when the socket is full. */
  flush(): boolean {
    let hasRoom = true;
    for (const bytes of this.session.takeOutput()) if (this.socket.writable) hasRoom = this.socket.write(bytes);
    return hasRoom;
  }

  send(tag: FlvTag, timestamp = tag.timestampMs): boolean {
    const payload = tag.type === 'script' ? withoutSetDataFrame(tag.payload) : tag.payload;
    this.session.sendMedia(KINDS[tag.type], timestamp >>> 0, payload);
    return this.flush();
  }

  /** Sends the tags; ends early when the connection does. */
  async play(tags: readonly FlvTag[], pace: Pace = {}): Promise<void> {
    const { speed = Number.POSITIVE_INFINITY, timestampOf = (tag) => tag.timestampMs, signal } = pace;
    const startedAt = performance.now();
    const base = tags.find((tag) => tag.type !== 'script')?.timestampMs ?? 0;
    for (const [index, tag] of tags.entries()) {
      const dueMs = (tag.timestampMs - base) / speed - (performance.now() - startedAt);
      if (dueMs > 2) await delay(dueMs);
      if (this.isClosed || signal?.aborted) return;
      if (!this.send(tag, timestampOf(tag, index)) && !this.socket.destroyed) {
        await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed]);
      }
    }
  }

  /** Says goodbye and closes. */
  async unpublish(): Promise<void> {
    this.session.stop();
    this.flush();
    this.socket.end();
    await this.closed;
  }

  /** Closes without a word, as a crashed encoder's operating system does. */
  async drop(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

function withoutSetDataFrame(payload: Uint8Array): Uint8Array {
  const head = new TextDecoder('latin1').decode(payload.subarray(0, 16));
  return head === SET_DATA_FRAME ? payload.subarray(16) : payload;
}

/** Sends the tags over and over, with times that go on, until told to stop. */
export function playForEver(
  publisher: RtmpPublisher,
  tags: readonly FlvTag[],
  pace: { readonly speed?: number; readonly startMs?: number } = {},
): { stop(): Promise<void> } {
  const abort = new AbortController();
  const lengthMs = loopLengthMs(tags);
  const run = async () => {
    for (let round = 0; !abort.signal.aborted && !publisher.isClosed; round++) {
      const shiftMs = (pace.startMs ?? 0) + round * lengthMs;
      await publisher.play(tags, {
        speed: pace.speed ?? 1,
        timestampOf: (tag) => tag.timestampMs + shiftMs,
        signal: abort.signal,
      });
    }
  };
  const running = run();
  // Where nobody stops it, the server ended it.
  running.catch(() => undefined);
  return {
    async stop() {
      abort.abort();
      await running;
    },
  };
}

function loopLengthMs(tags: readonly FlvTag[]): number {
  const video = tags.filter((tag) => tag.type === 'video' || tag.type === 'audio').map((tag) => tag.timestampMs);
  const last = Math.max(...video);
  return last - Math.min(...video) + 33;
}

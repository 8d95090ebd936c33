import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, type Stream, type StreamId, streamKey } from '../live/index.ts';
import { accept, bringsToken, refuse, WRONG_TOKEN } from './door-token.ts';
import { COPY_HEADER, PROTOCOL, streamOfPath, UNWATCHED_HEADER, WINDOW_HEADER } from './stream-path.ts';
import { StreamSender, type StreamSenderOptions } from './stream-sender.ts';

export type StreamDoorOptions = Pick<
  StreamSenderOptions,
  'listedBefore' | 'renditionsOf' | 'runningOf' | 'maxBytes' | 'stallMs' | 'onSent' | 'onTooSlow'
> & {
  readonly clock: Clock;
  readonly node: string;
  readonly epochOf: (id: StreamId) => number;
  /** The stream, waited for where that may help. */
  readonly find: (id: StreamId, signal: AbortSignal) => Promise<Stream | undefined>;
  /** The stream as it is here now, a copy too; left out where all who ask have viewers, and no copy is given. */
  readonly findHere?: (id: StreamId) => Stream | undefined;
  /** What askers must bring; left out on a socket that only this user can open. */
  readonly token?: string | undefined;
  /** Somebody brought another token, or none. */
  readonly onRefused?: (address: string | undefined, why: string) => void;
};

/** Gives streams to those who make copies of them: a request to upgrade is answered with the stream. */
export class StreamDoor {
  readonly #options: StreamDoorOptions;
  readonly #senders = new Set<StreamSender>();

  constructor(options: StreamDoorOptions) {
    this.#options = options;
  }

  /** How many copies are sent. */
  get count(): number {
    return this.#senders.size;
  }

  /** Whether anybody watches a copy of a stream. */
  isWatched(id: StreamId): boolean {
    const key = streamKey(id);
    for (const { isWatched, stream } of this.#senders) if (isWatched && streamKey(stream.id) === key) return true;
    return false;
  }

  /** For a server's `upgrade`. */
  async upgrade(request: IncomingMessage, socket: Duplex): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (!bringsToken(request, this.#options.token)) {
      this.#options.onRefused?.(request.socket.remoteAddress, WRONG_TOKEN);
      return refuse(socket, 401, 'Unauthorized');
    }
    const id = streamOfPath(request.url ?? '');
    const isAsked = request.method === 'GET' && request.headers.upgrade?.toLowerCase() === PROTOCOL;
    if (!id || !isAsked) return refuse(socket, 400, 'Bad Request');
    const abort = new AbortController();
    socket.once('close', () => abort.abort());
    const isWatched = request.headers[UNWATCHED_HEADER] === undefined;
    const here = this.#here(id, request.headers[COPY_HEADER] !== undefined);
    const stream = here ?? (isWatched ? await this.#options.find(id, abort.signal) : undefined);
    if (socket.destroyed) return;
    if (!stream || stream.state === 'ended') return refuse(socket, 404, 'Not Found');
    this.#send(stream, socket, isWatched, request.headers[WINDOW_HEADER] !== undefined);
  }

  /** Once copies have what was under way to them, or a moment later. */
  async close(): Promise<void> {
    await Promise.all([...this.#senders].map((sender) => sender.finish()));
  }

  #here(id: StreamId, takesCopy: boolean): Stream | undefined {
    const here = this.#options.findHere?.(id);
    return here?.isCopy && !takesCopy ? undefined : here;
  }

  #send(stream: Stream, socket: Duplex, isWatched: boolean, isFirst: boolean): void {
    const { epochOf, listedBefore, ...options } = this.#options;
    accept(socket, PROTOCOL);
    const epoch = epochOf((stream.parent ?? stream).id);
    const before = isFirst ? listedBefore : undefined;
    const sender = new StreamSender({ ...options, stream, listedBefore: before, socket, epoch, isWatched });
    this.#senders.add(sender);
    socket.once('close', () => this.#senders.delete(sender));
  }
}

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { SessionEnding } from '../../../access/index.ts';
import { type Clock, type Stream, type StreamId, streamKey } from '../../../live/index.ts';
import type { Logger } from '../../../log/index.ts';
import type { FeedSeat, Feeds } from '../../../packager/index.ts';
import { refuseUpgrade } from '../../http/index.ts';
import {
  answerProblem,
  endInOrder,
  type FromWorker,
  isPipelined,
  NOT_LIVE,
  type Outlet,
  type Peer,
  PIPELINED,
  type Request,
  type Response,
  type StreamGrant,
  sinkOf,
  takeOutlet,
  webSocketHandshakes,
} from '../index.ts';
import type { CopiedStreams } from './copied-streams.ts';
import { grantIn, type PassOn, relay } from './pass-on.ts';
import type { ReportedViewer } from './reporting.ts';

export type StreamViewersOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly feeds: Feeds;
  readonly copies: CopiedStreams;
  readonly passOn: PassOn;
  readonly send: (message: FromWorker) => void;
  /** Before a feed is made for the stream. */
  readonly onGranted: (grant: StreamGrant) => void;
  readonly onMalformed: () => void;
};

type Taken = { readonly outlet: Outlet; readonly head?: string };

/** How the viewer of a grant is reached. */
type Way = {
  readonly protocol: 'flv' | 'ws-flv';
  readonly askedMs: number;
  readonly isGone: () => boolean;
  readonly takeOutlet: () => Taken;
  readonly refuse: () => void;
  readonly destroy: () => void;
};

/** One viewer whom the server let in, from then until he leaves. */
class Viewer implements ReportedViewer {
  readonly stream: string;
  outlet: Outlet | undefined;
  seat: FeedSeat | undefined;
  ending: SessionEnding = 'left';
  #reportedBytes = 0;
  readonly #destroy: () => void;

  constructor(stream: string, destroy: () => void) {
    this.stream = stream;
    this.#destroy = destroy;
  }

  takeBytes(): number {
    const bytes = this.seat?.bytes ?? 0;
    const grown = bytes - this.#reportedBytes;
    this.#reportedBytes = bytes;
    return grown;
  }

  close(reason: string, clock: Clock): void {
    if (this.outlet && reason === 'SERVER_STOPPED') endInOrder(this.outlet, clock);
    else if (this.outlet) this.outlet.destroy();
    else this.#destroy();
  }
}

/** Serves FLV, over HTTP and over WebSockets, to those whom the server lets in. */
export class StreamViewers {
  readonly #options: StreamViewersOptions;
  readonly #viewers = new Map<string, Viewer>();
  readonly #handshakes = webSocketHandshakes();

  constructor(options: StreamViewersOptions) {
    this.#options = options;
  }

  /** How many watch a stream. */
  countOf(id: StreamId): number {
    const key = streamKey(id);
    let count = 0;
    for (const viewer of this.#viewers.values()) if (viewer.stream === key) count++;
    return count;
  }

  get viewers(): ReadonlyMap<string, ReportedViewer> {
    return this.#viewers;
  }

  /** Answers `.flv`: with the stream, or with what the server says instead. */
  async answer(request: Request, response: Response, peer: Peer, signal: AbortSignal): Promise<void> {
    if (isPipelined(request, response)) return answerProblem(request, response, PIPELINED);
    const askedMs = this.#options.clock.nowMs();
    const answered = await this.#options.passOn.ask({ request, peer, serves: 'flv', signal });
    const grant = grantIn(answered);
    if (grant?.kind !== 'stream') return relay(answered, request, response);
    answered.resume();
    await this.#serve(grant, {
      ...{ protocol: 'flv', askedMs },
      isGone: () => response.closed,
      takeOutlet: () => takeOutlet(request, response, this.#options),
      refuse: () => answerProblem(request, response, NOT_LIVE),
      destroy: () => response.destroy(),
    });
  }

  async open(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer): Promise<void> {
    const askedMs = this.#options.clock.nowMs();
    const abort = new AbortController();
    const onClose = () => abort.abort();
    socket.once('close', onClose);
    const answered = await this.#options.passOn.ask({ request, peer, serves: 'ws-flv', signal: abort.signal });
    socket.off('close', onClose);
    const grant = grantIn(answered);
    if (grant?.kind !== 'stream') {
      refuseUpgrade(socket, answered.statusCode ?? 503, await buffer(answered));
      return;
    }
    answered.resume();
    await this.#serve(grant, {
      ...{ protocol: 'ws-flv', askedMs },
      isGone: () => socket.destroyed,
      takeOutlet: () => this.#takeSocket(request, socket, head),
      refuse: () => refuseUpgrade(socket, NOT_LIVE.status, JSON.stringify(NOT_LIVE)),
      destroy: () => socket.destroy(),
    });
  }

  /** The server ends a session. */
  close(sessionId: string, reason: string): void {
    this.#viewers.get(sessionId)?.close(reason, this.#options.clock);
  }

  /** From the grant on the server counts the viewer, until it is told that he left. */
  async #serve(grant: StreamGrant, way: Way): Promise<void> {
    const { sessionId } = grant;
    const viewer = new Viewer(streamKey(grant.id), way.destroy);
    this.#viewers.set(sessionId, viewer);
    this.#options.send({ kind: 'took', sessionId });
    this.#options.onGranted(grant);
    const stream = await this.#copyOf(grant, way);
    if (!stream || way.isGone()) {
      if (!way.isGone()) way.refuse();
      this.#leave(sessionId, viewer, stream ? 'left' : 'stream_ended');
      return;
    }
    this.#watch(stream, sessionId, viewer, way);
    const seconds = (this.#options.clock.nowMs() - way.askedMs) / 1000;
    this.#options.send({ kind: 'joined', sessionId, seconds });
  }

  async #copyOf({ id }: StreamGrant, { isGone }: Way): Promise<Stream | undefined> {
    if (isGone()) return undefined;
    return this.#options.copies.get(id, new AbortController().signal);
  }

  #watch(stream: Stream, sessionId: string, viewer: Viewer, way: Way): void {
    const { outlet, head } = way.takeOutlet();
    viewer.outlet = outlet;
    outlet.cork();
    if (head) outlet.write(head);
    // The server counts, by what is reported of each.
    const sink = sinkOf(outlet, this.#options.clock, undefined, (ending) => {
      viewer.ending = ending;
    });
    const seat = this.#options.feeds.add(way.protocol, stream, sink);
    viewer.seat = seat;
    outlet.uncork();
    outlet.once('close', () => {
      seat.leave();
      this.#leave(sessionId, viewer, viewer.ending);
    });
    outlet.once('error', () => outlet.destroy());
  }

  #leave(sessionId: string, viewer: Viewer, ending: SessionEnding): void {
    if (!this.#viewers.delete(sessionId)) return;
    this.#options.send({ kind: 'left', sessionId, ending, bytes: viewer.takeBytes() });
  }

  #takeSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Taken {
    this.#handshakes.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code?.startsWith('WS_ERR_')) this.#options.onMalformed();
        webSocket.terminate();
      });
    });
    return { outlet: socket };
  }
}

import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ClientAddresses, PeerAddresses } from '../../../access/index.ts';
import type { Clock } from '../../../live/index.ts';
import type { Logger } from '../../../log/index.ts';
import type { Feeds } from '../../../packager/index.ts';
import {
  abortOf,
  clientOf,
  type FromWorker,
  giveBack,
  hostOf,
  KEEP_ALIVE_MS,
  type Packagers,
  type Peer,
  pathOf,
  peerOf,
  type Request,
  type Response,
  repeatedHls,
  type StreamGrant,
  type TlsSource,
  type ToWorker,
  ViewerListeners,
} from '../index.ts';
import type { CopiedStreams } from './copied-streams.ts';
import { HlsViewers } from './hls-viewers.ts';
import { answerAway, grantIn, PassOn, relay } from './pass-on.ts';
import { Reporting } from './reporting.ts';
import { StreamViewers } from './stream-viewers.ts';

export type WorkerServerOptions = {
  readonly worker: number;
  readonly socketPath: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly clients: ClientAddresses;
  readonly usesProxyProtocol: boolean;
  readonly blockingRequests: number;
  readonly rules: number;
  readonly feeds: Feeds;
  readonly packagers: Packagers;
  readonly copies: CopiedStreams;
  readonly send: (message: FromWorker) => void;
  readonly onGranted: (grant: StreamGrant) => void;
};

const REPORT_MS = 1000;
const SAY_CLOSED_MS = 50;

/** Ends of paths that the worker can serve, if it may. */
const FLV = /\.flv$/;
const OF_SESSION = /\/~[A-Za-z0-9_.-]*\/(?:[^/]+\/)?[a-z0-9.-]{1,64}$/;

/** The viewers' HTTP door in a playback worker: serves live media from copies, and passes on all else. */
export class WorkerServer {
  readonly #options: WorkerServerOptions;
  readonly #peers = new PeerAddresses();
  readonly #passOn: PassOn;
  readonly #reporting: Reporting;
  readonly #repeated: ReturnType<typeof repeatedHls>;
  readonly #listeners: ViewerListeners;
  readonly #plain: Server;
  #secure: Server | undefined;
  #isDraining = false;
  readonly #connections = new Map<number, Socket>();
  readonly #numbers = new WeakMap<Socket, number>();
  #closed: number[] = [];
  #cancelReport: () => void = () => {};
  readonly hls: HlsViewers;
  readonly streams: StreamViewers;

  constructor(options: WorkerServerOptions) {
    this.#options = options;
    const { clock, log, clients, usesProxyProtocol, feeds, packagers, copies, send } = options;
    this.#passOn = new PassOn(options);
    const onRefused = (reason: string) => this.#reporting.refused(reason);
    this.streams = new StreamViewers({
      ...{ clock, log, feeds, copies, send, passOn: this.#passOn, onGranted: options.onGranted },
      onMalformed: () => onRefused('MALFORMED'),
    });
    this.#reporting = new Reporting({
      ...{ send, viewers: this.streams.viewers, tallies: feeds.tallies },
      copyCount: () => copies.count,
      hlsBytes: () => packagers.keptBytes,
    });
    const { blockingRequests, rules } = options;
    this.hls = new HlsViewers({ clock, packagers, copies, reporting: this.#reporting, blockingRequests }, rules);
    this.#repeated = repeatedHls({
      ...{
        door: { clock, clients, isDraining: () => this.#isDraining },
        peers: this.#peers,
        keepAliveMs: KEEP_ALIVE_MS,
      },
      hls: { answerNow: (by, wanted) => this.hls.answerNow(by, wanted) },
    });
    const connections = { enter: (address: string, socket: Socket) => this.#enter(address, socket) };
    this.#listeners = new ViewerListeners(
      { clock, log, clients, usesProxyProtocol, connections, onRefused },
      this.#peers,
      {
        repeated: this.#repeated,
        request: (request, response) => this.#handle(request, response),
        upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
      },
    );
    this.#plain = startedBehind(this.#listeners.open());
    this.#reportLater();
  }

  /** From now on connections of HTTPS can be taken. */
  openTls(tls: TlsSource): void {
    this.#secure ??= startedBehind(this.#listeners.open(tls));
  }

  /** Takes a connection that the server accepted. */
  connection({ connection, isTls }: Extract<ToWorker, { kind: 'connection' }>, socket: Socket): void {
    const server = isTls ? this.#secure : this.#plain;
    this.#connections.set(connection, socket);
    this.#numbers.set(socket, connection);
    socket.once('close', () => this.#connectionClosed(connection));
    // As a server of HTTP has it: whoever has asked may close his side and read on.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    if (server) server.emit('connection', socket);
    else socket.destroy();
  }

  /** From now on connections are given back with the next answer. */
  draining(isDraining: boolean): void {
    this.#isDraining = isDraining;
  }

  /** The server says that the connection is one too many. */
  refuse(connection: number): void {
    this.#connections.get(connection)?.destroy();
  }

  /** Lets everybody go, and says so. */
  async close(): Promise<void> {
    this.#cancelReport();
    await this.#listeners.close();
    this.#passOn.close();
    this.#reporting.report();
    this.#reporting.close();
  }

  #enter(address: string, socket: Socket): () => void {
    const connection = this.#numbers.get(socket);
    const { usesProxyProtocol, send } = this.#options;
    if (usesProxyProtocol && connection !== undefined) send({ kind: 'proxied', connection, address });
    return () => {};
  }

  #connectionClosed(connection: number): void {
    this.#connections.delete(connection);
    this.#closed.push(connection);
    if (this.#closed.length > 1) return;
    this.#options.clock.after(SAY_CLOSED_MS, () => {
      this.#options.send({ kind: 'closed', connections: this.#closed });
      this.#closed = [];
    });
  }

  #handle(request: Request, response: Response): void {
    if (this.#isDraining) giveBack(request, response);
    this.#route(request, response).catch((error: unknown) => {
      const isGone = response.closed || response.destroyed;
      if (!isGone) this.#options.log.error({ error, path: pathOf(request.url).path }, 'playback request failed');
      answerAway(request, response);
    });
  }

  async #route(request: Request, response: Response): Promise<void> {
    const { path, query } = pathOf(request.url);
    const peer = peerOf(this.#peers, request);
    const signal = abortOf(response);
    if (request.method === 'GET' && FLV.test(path)) return this.streams.answer(request, response, peer, signal);
    const by = OF_SESSION.test(path) ? this.#by(path, peer, request) : undefined;
    if (by && (await this.hls.answer(request, response, by))) return;
    if (response.closed) return;
    const serves = by && request.method === 'GET' && !this.hls.isAllowed(by, query) ? 'hls' : undefined;
    const answered = await this.#passOn.ask({ request, peer, serves, signal });
    const grant = grantIn(answered);
    if (grant?.kind === 'hls') this.hls.take(grant);
    relay(answered, request, response);
  }

  #by(path: string, peer: Peer, request: Request) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    return { folder, host: hostOf(request), ...clientOf(this.#options, peer, request) };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#repeated.leave(socket as Socket);
    socket.on('error', () => socket.destroy());
    this.streams.open(request, socket, head, peerOf(this.#peers, request)).catch((error: unknown) => {
      if (!socket.destroyed) this.#options.log.error({ error }, 'WebSocket request failed');
      socket.destroy();
    });
  }

  #reportLater(): void {
    this.#cancelReport = this.#options.clock.after(REPORT_MS, () => {
      this.hls.sweep();
      this.#reporting.report();
      this.#reportLater();
    });
  }
}

/** Servers of HTTP begin to watch over slow requests when they listen; this one is handed its connections. */
function startedBehind(server: Server): Server {
  server.emit('listening');
  return server;
}

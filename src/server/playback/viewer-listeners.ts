import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type SecureServerOptions, type ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type PeerAddresses, proxyFront, type ServerBehind } from '../../access/index.ts';
import { FloodLine } from '../../log/index.ts';
import type { Request, Response } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';
import type { RepeatedRequests } from './repeated-requests.ts';

/** A PROXY header, a TLS handshake and a request's head must each be whole by then. */
const HEAD_MS = 15_000;
export const KEEP_ALIVE_MS = 65_000;
const TIMEOUTS = {
  headersTimeout: HEAD_MS,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  keepAliveTimeout: KEEP_ALIVE_MS,
};
/** Workers end connections that they need no longer. */
const FOR_WORKERS = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 };
const IDLE_HTTP2_MS = 120_000;
export const MAX_HEADER_BYTES = 16_384;
const MAX_HTTP2_STREAMS = 100;

/** What makes a listener one of HTTPS: certificates that may be swapped while it listens. */
export interface TlsSource {
  serverOptions(): SecureServerOptions;
  follow(server: { setSecureContext(options: { cert?: unknown; key?: unknown }): void }): void;
}

export type ListenersDoor = Pick<PlaybackDoor, 'clock' | 'log' | 'clients' | 'usesProxyProtocol' | 'onRefused'> & {
  readonly connections: {
    /** Takes a connection in, and gives what lets it go; undefined where it is one too many. */
    enter(address: string, socket: Socket): (() => void) | undefined;
  };
};

/** What happens to requests. */
export type ViewerRequests = {
  /** The short way for requests that repeat the one before. */
  readonly repeated: Pick<RepeatedRequests<unknown>, 'saw' | 'watch'>;
  readonly request: (request: Request, response: Response) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
};

/** The HTTP servers that viewers' connections come to: what they bear, what they refuse, and how they close. */
export class ViewerListeners {
  readonly #door: ListenersDoor;
  readonly #peers: PeerAddresses;
  readonly #requests: ViewerRequests;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #refusals: FloodLine;
  readonly #failedHandshakes: FloodLine;

  constructor(door: ListenersDoor, peers: PeerAddresses, requests: ViewerRequests) {
    this.#door = door;
    this.#peers = peers;
    this.#requests = requests;
    const { clock, log } = door;
    this.#refusals = new FloodLine(clock, (address, refused) => {
      log.warn({ address, refused }, 'playback connections refused, there are too many');
    });
    this.#failedHandshakes = new FloodLine(clock, (address, failed) => {
      log.info({ address, failed }, 'playback connections closed, the TLS handshake failed');
    });
  }

  /** A listener that is not listening yet: HTTP/1.1, or HTTPS with HTTP/2 where `tls` is given. */
  open(tls?: TlsSource): Server {
    const server = tls ? this.#secureServer(tls) : this.#plainServer();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#requests.upgrade(request, socket, head);
    });
    server.on('connection', (socket: Socket) => this.#accept(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => this.#badRequest(error, socket));
    const listener = this.#door.usesProxyProtocol ? this.#behindProxies(server) : server;
    this.#servers.push(listener);
    return listener;
  }

  /** One for playback workers: what viewers may not do, these have seen to. */
  openForWorkers(handle: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const server = createServer(
      { ...FOR_WORKERS, maxHeaderSize: MAX_HEADER_BYTES * 2 },
      (request, response) => void handle(request, response),
    );
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#servers.push(server);
    return server;
  }

  /** Node closes connections of HTTP/1.1 that rest; sessions of HTTP/2 were told with their last answer. */
  async stopListening(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }

  async close(): Promise<void> {
    const closed = this.stopListening();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #plainServer(): Server & ServerBehind {
    const options = { ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES };
    const { repeated } = this.#requests;
    const server = createServer(options, (request, response) => {
      repeated.saw(request, response);
      this.#requests.request(request, response);
    });
    return server.on('connection', (socket: Socket) => repeated.watch(socket));
  }

  #secureServer(tls: TlsSource): Server & ServerBehind {
    const options = {
      ...tls.serverOptions(),
      ...TIMEOUTS,
      allowHTTP1: true,
      handshakeTimeout: HEAD_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      settings: { maxConcurrentStreams: MAX_HTTP2_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES },
    };
    const server = createSecureServer(options, (request, response) => this.#requests.request(request, response));
    Object.assign(server, TIMEOUTS);
    server.on('session', (session: ServerHttp2Session) => session.setTimeout(IDLE_HTTP2_MS, () => session.close()));
    server.on('tlsClientError', (_error, socket) => {
      this.#failedHandshakes.add(this.#peers.of(socket));
      socket.destroy();
      this.#door.onRefused('TLS');
    });
    tls.follow(server);
    return server;
  }

  #behindProxies(server: ServerBehind): Server {
    return proxyFront(server, {
      clients: this.#door.clients,
      peers: this.#peers,
      timeoutMs: HEAD_MS,
      onRefused: (reason, address) => {
        this.#door.log.info({ reason, address }, 'connection without a PROXY header closed');
        this.#door.onRefused(reason);
      },
    });
  }

  #accept(socket: Socket): void {
    const leave = this.#door.connections.enter(this.#peers.of(socket), socket);
    if (!leave) {
      this.#refusals.add(this.#peers.of(socket));
      socket.destroy();
      this.#door.onRefused('LIMIT');
      return;
    }
    socket.setKeepAlive(true, 30_000);
    this.#sockets.add(socket);
    socket.once('close', () => {
      leave();
      this.#sockets.delete(socket);
    });
  }

  /** What is no HTTP, or is too slow or too long for it: one answer, one closed connection. */
  #badRequest({ code }: NodeJS.ErrnoException, socket: Duplex): void {
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const isLong = code === 'HPE_HEADER_OVERFLOW';
    const status = isSlow ? '408 Request Timeout' : isLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
    this.#door.onRefused(isSlow ? 'TIMEOUT' : 'MALFORMED');
    const address = this.#peers.of(socket as Socket);
    this.#door.log.info({ code, address }, 'HTTP request malformed');
  }
}

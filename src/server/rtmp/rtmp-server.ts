import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls';
import { PeerAddresses, proxyFront } from '../../access/index.ts';
import { FloodLine } from '../../log/index.ts';
import { RtmpConnection } from './connection.ts';
import type { RtmpDoor } from './rtmp-door.ts';

/** A TLS handshake that takes longer is a slow loris. */
const TLS_HANDSHAKE_MS = 10_000;
const PROXY_HEADER_MS = 10_000;
/** How long connections that are ending may hold up the end of the server. */
const SHUTDOWN_MS = 1000;

/** What makes a listener one of RTMPS: certificates that may be swapped while it listens. */
export interface TlsSource {
  serverOptions(): TlsOptions;
  follow(server: Pick<TlsServer, 'setSecureContext'>): void;
}

/** Accepts RTMP connections on any number of listeners, as long as there are not too many. */
export class RtmpServer {
  readonly #door: RtmpDoor;
  readonly #peers = new PeerAddresses();
  readonly #connections = new Set<RtmpConnection>();
  readonly #servers: Server[] = [];
  readonly #refusals: FloodLine;
  readonly #failedHandshakes: FloodLine;

  constructor(door: RtmpDoor) {
    this.#door = door;
    const { clock, log } = door;
    this.#refusals = new FloodLine(clock, (address, refused) => {
      log.warn({ address, refused }, 'RTMP connections refused, there are too many');
    });
    this.#failedHandshakes = new FloodLine(clock, (address, failed) => {
      log.info({ address, failed }, 'RTMPS connections closed, the TLS handshake failed');
    });
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** A listener that is not listening yet: plain, or RTMPS with `tls`. */
  listener(tls?: TlsSource): Server {
    const server = tls ? secureServer(tls) : createServer();
    server.on('connection', (socket: Socket) => this.#count(socket));
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#accept(socket));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#failed(error, socket));
    const listener = this.#door.usesProxyProtocol ? this.#behindProxies(server) : server;
    this.#servers.push(listener);
    return listener;
  }

  /** Connections that publish. */
  get publishingCount(): number {
    return [...this.#connections].filter(({ isPublishing }) => isPublishing).length;
  }

  /** Asks the encoders that understand it to connect anew (Enhanced RTMP); how many were. */
  askToReconnect(why: string): number {
    return [...this.#connections].filter((connection) => connection.askToReconnect(why)).length;
  }

  /** Ends every connection that publishes, as if the network had: encoders come back by themselves. */
  endPublishers(): void {
    for (const connection of [...this.#connections]) if (connection.isPublishing) connection.end('DRAINING');
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of [...this.#connections]) connection.end('SHUTDOWN');
    const cancel = this.#door.clock.after(SHUTDOWN_MS, () => {
      for (const { socket } of [...this.#connections]) socket.destroy();
    });
    await Promise.all(closed);
    cancel();
  }

  #behindProxies(server: Server): Server {
    const { clients, log, onEnd } = this.#door;
    return proxyFront(server, {
      clients,
      peers: this.#peers,
      timeoutMs: PROXY_HEADER_MS,
      onRefused: (reason, address) => {
        log.info({ reason, address }, 'connection without a PROXY header closed');
        onEnd(reason);
      },
    });
  }

  /** Counts the bare socket, so that those that never finish a TLS handshake count too. */
  #count(socket: Socket): void {
    const leave = this.#door.connections.enter(this.#peers.of(socket));
    if (leave) {
      socket.once('close', leave);
      return;
    }
    socket.destroy();
    this.#door.onEnd('REFUSED');
    this.#refusals.add(this.#peers.of(socket));
  }

  #failed({ code }: NodeJS.ErrnoException, socket: Socket): void {
    this.#failedHandshakes.add(this.#peers.of(socket));
    socket.destroy();
    this.#door.onEnd(code === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'TIMEOUT' : 'MALFORMED');
  }

  #accept(socket: Socket): void {
    if (socket.destroyed) return;
    const connection = new RtmpConnection(socket, this.#peers.of(socket), this.#door);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }
}

function secureServer(tls: TlsSource): TlsServer {
  const server = createTlsServer({ handshakeTimeout: TLS_HANDSHAKE_MS, ...tls.serverOptions() });
  tls.follow(server);
  return server;
}

import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { ConnectionLimits } from '../../access/index.ts';
import { RtmpConnection } from './connection.ts';
import type { RtmpDoor } from './rtmp-door.ts';

/** Accepts RTMP connections on any number of listeners and caps how many there are. */
export class RtmpServer {
  readonly #door: RtmpDoor;
  readonly #limits: ConnectionLimits;
  readonly #connections = new Set<RtmpConnection>();
  readonly #servers: Server[] = [];

  constructor(door: RtmpDoor) {
    this.#door = door;
    this.#limits = new ConnectionLimits({ ...door.limits, isExempt: (address) => door.clients.isTrusted(address) });
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** A listener that is not listening yet: plain, or RTMPS with `tls`. */
  listener(tls?: TlsOptions): Server {
    const server = tls
      ? createTlsServer(tls, (socket) => this.#accept(socket))
      : createServer((socket) => this.#accept(socket));
    server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
    this.#servers.push(server);
    return server;
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of [...this.#connections]) connection.end('SHUTDOWN');
    await Promise.all(closed);
  }

  #accept(socket: Socket): void {
    const leave = this.#limits.enter(socket.remoteAddress ?? '');
    if (!leave) {
      socket.destroy();
      this.#door.onEnd('REFUSED');
      return;
    }
    const connection = new RtmpConnection(socket, this.#door);
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      leave();
    });
  }
}

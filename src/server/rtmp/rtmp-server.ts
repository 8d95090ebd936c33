import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { RtmpConnection } from './connection.ts';
import type { RtmpDoor } from './rtmp-door.ts';

/** Accepts RTMP connections on any number of listeners and caps how many there are. */
export class RtmpServer {
  readonly #door: RtmpDoor;
  readonly #connections = new Set<RtmpConnection>();
  readonly #perAddress = new Map<string, number>();
  readonly #servers: Server[] = [];

  constructor(door: RtmpDoor) {
    this.#door = door;
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
    const peer = socket.remoteAddress ?? '';
    const count = this.#perAddress.get(peer) ?? 0;
    const { connections, connectionsPerAddress } = this.#door.limits;
    if (
      this.#connections.size >= connections ||
      (count >= connectionsPerAddress && !this.#door.clients.isTrusted(peer))
    ) {
      socket.destroy();
      this.#door.onEnd('REFUSED');
      return;
    }
    this.#perAddress.set(peer, count + 1);
    const connection = new RtmpConnection(socket, this.#door);
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      const left = (this.#perAddress.get(peer) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(peer, left);
      else this.#perAddress.delete(peer);
    });
  }
}

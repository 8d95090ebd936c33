import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Proxy = { readonly port: number; close(): Promise<void> };

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const ended = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

/** A reverse proxy of loopback as many are set up: what asks to be a WebSocket is passed on as a plain request. */
export async function proxyWithoutUpgrades(targetPort: number): Promise<Proxy> {
  const server = createHttpServer((near, answer) => {
    const { connection: _, upgrade: __, ...headers } = near.headers;
    const far = httpRequest({ port: targetPort, host: '127.0.0.1', method: near.method, path: near.url, headers });
    far.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    close() {
      server.closeAllConnections();
      return ended(server);
    },
  };
}

/** A TCP proxy of loopback that goes away, and comes back on the same port. */
export type CuttableProxy = Proxy & { cut(): Promise<void>; mend(): Promise<void> };

export async function cuttableProxy(targetPort: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1' });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => from.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = async () => {
    const closed = ended(server);
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const port = portOf(server);
  return { port, cut, mend: () => listen(port), close: cut };
}

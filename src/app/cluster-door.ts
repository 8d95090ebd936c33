import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { NodePlace } from '../cluster/index.ts';
import type { Config } from '../config/index.ts';
import type { ClusterTls } from './cluster-tls.ts';

type ClusterConfig = Config['cluster'];

const EVERY_ADDRESS = ['::', '0.0.0.0'];
const HEAD_MS = 10_000;
/** More than a viewer's request may have. */
const MAX_HEADER_BYTES = 64 * 1024;
const MOST_STRANGERS = 256;
const ALL_OR_NONE = 'set cluster.tls on all nodes or on none';
const SPEAKS_PLAIN = `it speaks without TLS: ${ALL_OR_NONE}`;
const SPEAKS_TLS = `it speaks TLS, or nothing that a node does: ${ALL_OR_NONE}`;

export type ClusterServerOptions = {
  /** Left out, what nodes say to each other is not encrypted. */
  readonly tls?: ClusterTls | undefined;
  readonly upgrade: (request: IncomingMessage, socket: Duplex) => void;
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  /** Somebody was not understood, or has no certificate of ours. */
  readonly onRefused: (address: string | undefined, why: string) => void;
};

/** What listens to the other nodes: requests to upgrade become connections, all others are questions. */
export function clusterServer({ tls, upgrade, request: answer, onRefused }: ClusterServerOptions): Server {
  const options = { headersTimeout: HEAD_MS, requestTimeout: HEAD_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = tls ? createTlsServer({ ...options, ...tls.serverOptions() }) : createServer(options);
  if (tls) tls.follow(server as TlsServer);
  boundStrangers(server);
  const isStranger = (request: IncomingMessage) => {
    const why = tls?.strangerAt(request.socket as TLSSocket);
    if (why !== undefined) onRefused(request.socket.remoteAddress, why);
    return why !== undefined;
  };
  server.on('request', (request, response) => {
    if (isStranger(request)) response.writeHead(403, { Connection: 'close' }).end();
    else answer(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    if (!isStranger(request)) return upgrade(request, socket);
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.on(tls ? 'tlsClientError' : 'clientError', ({ code }: NodeJS.ErrnoException, socket: Socket) => {
    if (code === 'ERR_SSL_HTTP_REQUEST') onRefused(socket.remoteAddress, SPEAKS_PLAIN);
    if (code?.startsWith('HPE_')) onRefused(socket.remoteAddress, SPEAKS_TLS);
    socket.destroy();
  });
  return server;
}

/** Of those who have asked for nothing yet the oldest gives way: nodes ask at once. */
function boundStrangers(server: Server): void {
  const silent = new Map<string, Socket>();
  // What comes over TLS has another socket, of the same ends.
  const endsOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket);
    silent.set(ends, socket);
    socket.once('close', () => silent.get(ends) === socket && silent.delete(ends));
    const [oldest] = silent.values();
    if (silent.size > MOST_STRANGERS) oldest?.destroy();
  });
  for (const asked of ['request', 'upgrade']) {
    server.on(asked, ({ socket }: IncomingMessage) => silent.delete(endsOf(socket)));
  }
}

/** How the others reach this node: as configured, or by the address that it has in the network. */
export function ownAddress({ host, port, address }: ClusterConfig): string {
  if (address !== null) return /:\d+$/.test(address) ? address : `${address}:${port}`;
  const own = EVERY_ADDRESS.includes(host) ? networkAddress() : host;
  return `${own.includes(':') ? `[${own}]` : own}:${port}`;
}

/** A node's address, and what is shown to it there. */
export function placeAt(address: string, { token }: ClusterConfig, tls: ClusterTls | undefined): NodePlace {
  const cut = address.lastIndexOf(':');
  const host = address.slice(0, cut).replace(/^\[|\]$/g, '');
  return {
    connect: { host, port: Number(address.slice(cut + 1)) },
    tls: tls?.clientOptions(),
    token: token ?? undefined,
  };
}

function networkAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import type { StreamPlace } from '../cluster/index.ts';
import type { Config } from '../config/index.ts';

type ClusterConfig = Config['cluster'];

const EVERY_ADDRESS = ['::', '0.0.0.0'];
const HEAD_MS = 10_000;

/** Who answers the other nodes. */
type Doors = {
  readonly upgrade: (request: IncomingMessage, socket: Duplex) => void;
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
};

/** What listens to the other nodes: requests for streams become connections, all others are questions. */
export function clusterServer({ tls }: ClusterConfig, doors: Doors): Server {
  const options = { headersTimeout: HEAD_MS, requestTimeout: HEAD_MS, maxHeaderSize: 8192 };
  const server =
    tls.certFile === null || tls.keyFile === null
      ? createServer(options)
      : createTlsServer({ ...options, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) });
  server.on('request', doors.request);
  server.on('upgrade', doors.upgrade);
  return server;
}

/** How the others reach this node: as configured, or by the address that it has in the network. */
export function ownAddress({ host, port, address }: ClusterConfig): string {
  if (address !== null) return /:\d+$/.test(address) ? address : `${address}:${port}`;
  const own = EVERY_ADDRESS.includes(host) ? networkAddress() : host;
  return `${own.includes(':') ? `[${own}]` : own}:${port}`;
}

/** A node's address, and what is shown to it there. */
export function placeAt(address: string, config: ClusterConfig, ca: string | undefined): StreamPlace {
  const cut = address.lastIndexOf(':');
  const host = address.slice(0, cut).replace(/^\[|\]$/g, '');
  return {
    connect: { host, port: Number(address.slice(cut + 1)) },
    tls: config.tls.certFile === null ? undefined : { ca },
    token: config.token ?? undefined,
  };
}

export function readAuthority({ tls }: ClusterConfig): string | undefined {
  return tls.caFile === null ? undefined : readFileSync(tls.caFile, 'utf8');
}

function networkAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

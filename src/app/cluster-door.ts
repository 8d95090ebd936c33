import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { type StreamPlace, takeQuestion, type ViewerPeer } from '../cluster/index.ts';
import type { Config } from '../config/index.ts';

type ClusterConfig = Config['cluster'];

export type AnswerViewer = (peer: ViewerPeer, request: IncomingMessage, response: ServerResponse) => void;

const EVERY_ADDRESS = ['::', '0.0.0.0'];
const HEAD_MS = 10_000;
/** More than a viewer's request may have. */
const MAX_HEADER_BYTES = 64 * 1024;

/** What listens to the other nodes. It answers requests for streams, and what their viewers ask. */
export function clusterServer(
  { tls, token }: ClusterConfig,
  upgrade: (request: IncomingMessage, socket: Duplex) => void,
  answerViewer: AnswerViewer = (_peer, _request, response) => response.writeHead(503).end(),
): Server {
  const options = { headersTimeout: HEAD_MS, requestTimeout: HEAD_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server =
    tls.certFile === null || tls.keyFile === null
      ? createServer(options)
      : createTlsServer({ ...options, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) });
  server.on('request', (request, response) => {
    const peer = takeQuestion(request, token ?? undefined);
    if (peer) answerViewer(peer, request, response);
    else response.writeHead(426, { Connection: 'close' }).end();
  });
  server.on('upgrade', upgrade);
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

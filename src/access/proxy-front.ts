import { createServer, type Server, type Socket } from 'node:net';
import { MalformedError } from '../protocol/bytes/index.ts';
import type { ClientAddresses } from './client-address.ts';
import type { PeerAddresses } from './peer-addresses.ts';
import { type ProxyHeader, ProxyProtocolReader } from './proxy-protocol.ts';

export type ProxyFrontOptions = {
  readonly clients: ClientAddresses;
  readonly peers: PeerAddresses;
  /** The header must be whole by then. */
  readonly timeoutMs: number;
  /** The connection was closed before the server behind saw it. */
  readonly onRefused: (reason: 'MALFORMED' | 'TIMEOUT', address: string) => void;
};

/** What takes connections that were accepted by another: servers of HTTP, HTTPS and HTTP/2. */
export interface ServerBehind {
  emit(event: 'connection', socket: Socket): boolean;
  emit(event: 'listening'): boolean;
}

/** A listener that takes the PROXY header off each connection and hands the rest on; believed from trusted proxies only. */
export function proxyFront(behind: ServerBehind, options: ProxyFrontOptions): Server {
  const front = createServer((socket) => receive(socket, behind, options));
  // Servers of HTTP begin to watch over slow requests when they listen.
  front.once('listening', () => behind.emit('listening'));
  return front;
}

function receive(socket: Socket, behind: ServerBehind, options: ProxyFrontOptions): void {
  const { clients, peers, timeoutMs, onRefused } = options;
  const reader = new ProxyProtocolReader();
  const address = socket.remoteAddress ?? '';
  const destroy = () => socket.destroy();
  const refuse = (reason: 'MALFORMED' | 'TIMEOUT') => {
    socket.destroy();
    onRefused(reason, address);
  };
  const timer = setTimeout(() => refuse('TIMEOUT'), timeoutMs);
  const letGo = () => clearTimeout(timer);
  socket.on('error', destroy);
  socket.once('close', letGo);
  socket.on('data', onData);

  function onData(bytes: Buffer): void {
    const result = read(bytes);
    if (!result) return;
    letGo();
    socket.pause();
    socket.off('data', onData);
    socket.off('error', destroy);
    socket.off('close', letGo);
    const { source } = result.header;
    if (source && clients.isTrusted(address)) socket.once('close', peers.adopt(socket, source));
    if (result.rest.length > 0) socket.unshift(result.rest);
    behind.emit('connection', socket);
    // TLS has no listener: it takes what was read by itself, and would lose what flows.
    if (socket.listenerCount('data') > 0) socket.resume();
  }

  function read(bytes: Buffer): { readonly header: ProxyHeader; readonly rest: Uint8Array } | undefined {
    try {
      return reader.push(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      refuse('MALFORMED');
      return undefined;
    }
  }
}

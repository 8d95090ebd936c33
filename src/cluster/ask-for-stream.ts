import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { StreamId } from '../live/index.ts';
import { PROTOCOL, pathOfStream } from './stream-path.ts';

/** Where a stream is asked for. */
export type StreamPlace = {
  /** A host and port, or the path of a Unix socket. */
  readonly connect: Pick<RequestOptions, 'host' | 'port' | 'socketPath'>;
  readonly tls?: { readonly ca?: string | undefined; readonly servername?: string } | undefined;
  readonly token?: string | undefined;
};

export type Answered =
  | { readonly kind: 'stream'; readonly socket: Duplex; readonly head: Uint8Array }
  /** Nobody publishes it there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly status: number };

/** A place that cannot be connected to by then is not there. */
const CONNECT_MS = 3000;
/** Longer than a place holds the request of a stream that is on its way. */
const ANSWER_MS = 20_000;

/** Asks for a stream; rejects where the place cannot be reached. */
export function askForStream(place: StreamPlace, id: StreamId, signal: AbortSignal): Promise<Answered> {
  const { connect, tls, token } = place;
  const options: RequestOptions = {
    ...connect,
    path: pathOfStream(id),
    agent: false,
    signal,
    timeout: ANSWER_MS,
    headers: {
      Connection: 'Upgrade',
      Upgrade: PROTOCOL,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = tls ? httpsRequest({ ...options, ...tls }) : httpRequest(options);
    request.on('socket', (socket) => {
      const timer = setTimeout(() => request.destroy(new Error('the connection was not made in time')), CONNECT_MS);
      socket.once(tls ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    });
    request.on('timeout', () => request.destroy(new Error('no answer came in time')));
    request.on('error', reject);
    request.on('upgrade', (_answer: IncomingMessage, socket: Duplex, head: Buffer) => {
      if ('setNoDelay' in socket && typeof socket.setNoDelay === 'function') socket.setNoDelay(true);
      if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
      resolve({ kind: 'stream', socket, head });
    });
    request.on('response', (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve(status === 404 ? { kind: 'absent' } : { kind: 'refused', status });
    });
    request.end();
  });
}

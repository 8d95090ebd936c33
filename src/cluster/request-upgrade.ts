import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';

/** Where another node is asked. */
export type NodePlace = {
  /** A host and port, or the path of a Unix socket. */
  readonly connect: Pick<RequestOptions, 'host' | 'port' | 'socketPath'>;
  readonly tls?: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> | undefined;
  readonly token?: string | undefined;
};

export type UpgradeRequest = {
  readonly path: string;
  readonly protocol: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

export type UpgradeAnswer =
  | { readonly kind: 'upgraded'; readonly socket: Duplex; readonly head: Uint8Array }
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders };

/** A place that cannot be connected to by then is not there. */
const CONNECT_MS = 3000;
/** Longer than a place holds the request of a stream that is on its way. */
const ANSWER_MS = 20_000;

/** Asks another node for a connection; rejects where it cannot be reached. */
export function requestUpgrade(place: NodePlace, asked: UpgradeRequest): Promise<UpgradeAnswer> {
  const { connect, tls, token } = place;
  const { path, protocol, headers, signal } = asked;
  const options: RequestOptions = {
    ...{ ...connect, path, signal },
    agent: false,
    timeout: ANSWER_MS,
    headers: {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: protocol,
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
      resolve({ kind: 'upgraded', socket, head });
    });
    request.on('response', (answer) => {
      answer.resume();
      resolve({ kind: 'answered', status: answer.statusCode ?? 0, headers: answer.headers });
    });
    request.end();
  });
}

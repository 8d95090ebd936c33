import { type ClientRequest, request as httpRequest, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

/** Where another node is asked. */
export type NodePlace = {
  /** A host and port, or the path of a Unix socket. */
  readonly connect: Pick<RequestOptions, 'host' | 'port' | 'socketPath'>;
  readonly tls?: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> | undefined;
  readonly token?: string | undefined;
};

export type NodeRequest = Pick<RequestOptions, 'method' | 'path' | 'signal' | 'timeout' | 'setHost'> & {
  readonly headers: OutgoingHttpHeaders;
};

/** A place that cannot be connected to by then is not there. */
const CONNECT_MS = 3000;

/** Begins a request to another node, with the token, on a connection of its own; it fails where none is made in time. */
export function requestTo({ connect, tls, token }: NodePlace, { headers, ...asked }: NodeRequest): ClientRequest {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options: RequestOptions = { ...connect, ...asked, agent: false, headers: { ...headers, ...authorization } };
  const request = tls ? httpsRequest({ ...options, ...tls }) : httpRequest(options);
  request.on('socket', (socket) => {
    const timer = setTimeout(() => request.destroy(new Error('the connection was not made in time')), CONNECT_MS);
    for (const event of [tls ? 'secureConnect' : 'connect', 'close']) socket.once(event, () => clearTimeout(timer));
  });
  request.on('timeout', () => request.destroy(new Error('no answer came in time')));
  return request;
}

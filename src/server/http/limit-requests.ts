import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

export type RequestLimits = {
  /** One more request from there; false where it is one too many. */
  readonly request: (request: IncomingMessage) => boolean;
  /** Takes a connection in, and gives what lets it go; undefined where it is one too many. */
  readonly enter: (address: string) => (() => void) | undefined;
};

const BODY = JSON.stringify({
  ...{ type: 'about:blank', title: 'too many requests from this address', status: 429, code: 'TOO_MANY_REQUESTS' },
  remedy: 'Ask less often; the operator can raise limits.requestsPerAddress.',
});

/** The listener, for as many requests as an address may send. */
export function limitRequests(listener: RequestListener, limits: RequestLimits): RequestListener {
  return (request, response) => {
    if (limits.request(request)) listener(request, response);
    else refuse(request, response);
  };
}

/** Closes connections that are too many before a word. */
export function limitConnections(server: Server, { enter }: RequestLimits): void {
  server.on('connection', (socket: Socket) => {
    const leave = enter(socket.remoteAddress ?? '');
    if (leave) socket.once('close', leave);
    else socket.destroy();
  });
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  const headers = { 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(BODY) };
  response.writeHead(429, { ...headers, 'Retry-After': '5', Connection: 'close' });
  response.end(request.method === 'HEAD' ? undefined : BODY);
  // What is still sent of its body is not read.
  if (!request.complete) response.once('finish', () => request.socket.destroy());
}

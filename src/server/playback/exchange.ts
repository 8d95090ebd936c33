import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** Who is at the other end of the connection. */
export type Peer = { readonly address: string; readonly isSecure: boolean };

/** An error as viewers' programs and people read it (RFC 9457). */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly remedy?: string;
};

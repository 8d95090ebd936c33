import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type NodePlace, requestTo } from './request-to.ts';

export type UpgradeRequest = {
  readonly path: string;
  readonly protocol: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

export type UpgradeAnswer =
  | { readonly kind: 'upgraded'; readonly socket: Duplex; readonly head: Uint8Array }
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders };

/** Longer than a place holds the request of a stream that is on its way. */
const ANSWER_MS = 20_000;

/** Asks another node for a connection; rejects where it cannot be reached. */
export function requestUpgrade(place: NodePlace, asked: UpgradeRequest): Promise<UpgradeAnswer> {
  const { path, protocol, headers, signal } = asked;
  return new Promise((resolve, reject) => {
    const request = requestTo(place, {
      ...{ path, signal, timeout: ANSWER_MS },
      headers: { ...headers, Connection: 'Upgrade', Upgrade: protocol },
    });
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

import type { IncomingMessage } from 'node:http';
import type { Peer, Request } from './exchange.ts';

/** What a playback worker can serve by itself once it is let. */
export type Servable = 'flv' | 'ws-flv' | 'hls';

/** What a playback worker says of a request that it passes on. */
export type WorkerOffer = {
  readonly worker: number;
  /** Who is at the other end of the viewer's connection. */
  readonly peer: Peer;
  /** Undefined where the worker only passes on. */
  readonly serves: Servable | undefined;
};

/** `{worker} {http|https} {-|flv|ws-flv|hls} {address}`. Workers take away what viewers send of such names. */
export const OFFER_HEADER = 'headwater-offer';
export const INTERNAL_HEADERS = /^headwater-/i;

const OFFER = /^(\d{1,9}) (https?) (-|flv|ws-flv|hls) (\S{0,64})$/;

const offers = new WeakMap<Request, WorkerOffer>();

export function offerText({ worker, peer, serves }: WorkerOffer): string {
  return `${worker} ${peer.isSecure ? 'https' : 'http'} ${serves ?? '-'} ${peer.address}`;
}

/** Takes the offer out of a request that came from a worker; false where there is none. */
export function takeOffer(request: IncomingMessage): boolean {
  const [, worker, scheme, serves, address = ''] = OFFER.exec(String(request.headers[OFFER_HEADER] ?? '')) ?? [];
  if (worker === undefined) return false;
  delete request.headers[OFFER_HEADER];
  offers.set(request, {
    worker: Number(worker),
    peer: { address, isSecure: scheme === 'https' },
    serves: serves === '-' ? undefined : (serves as Servable),
  });
  return true;
}

/** The request is another node's viewer's. */
export function passOnFor(request: IncomingMessage, peer: Peer): void {
  offers.set(request, { worker: 0, peer, serves: undefined });
}

/** The offer of a request that came from a worker. */
export function offerOf(request: Request): WorkerOffer | undefined {
  return offers.get(request);
}

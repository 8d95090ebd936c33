import { AddressRates, type ClientAddresses, ConnectionLimits } from '../access/index.ts';
import { isLoopback } from '../rules/index.ts';
import type { RequestLimits } from '../server/http/index.ts';
import type { Base } from './base.ts';

const WINDOW_SECONDS = 10;

/** What one address may ask of the doors of operators and uploads; this machine is its owner's, and trusted proxies are many clients. */
export function doorLimits({ config, clock }: Base, clients: ClientAddresses): RequestLimits {
  const isExempt = (address: string) => isLoopback(address) || clients.isTrusted(address);
  const connections = new ConnectionLimits({ ...config.limits, isExempt });
  const rates = new AddressRates({
    limit: config.limits.requestsPerAddress * WINDOW_SECONDS,
    windowMs: WINDOW_SECONDS * 1000,
    nowMs: clock.nowMs,
    isExempt,
  });
  return {
    enter: (address) => connections.enter(address),
    request: ({ socket, headers }) =>
      rates.take(clients.find({ address: socket.remoteAddress ?? '', scheme: 'http' }, headers).address),
  };
}

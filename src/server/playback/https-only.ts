import { isIPv6 } from 'node:net';
import type { DomainRule } from '../../rules/index.ts';
import { answer, answerProblem } from './answer.ts';
import type { Problem, Request, Response } from './exchange.ts';

export const HTTPS_REQUIRED: Problem = {
  status: 403,
  code: 'HTTPS_REQUIRED',
  reason: 'this domain is for HTTPS only',
  remedy: 'Use https:// or wss:// in the address.',
};

const HTTPS_PORT = 443;

/**
 * Sends a viewer who came by HTTP to HTTPS where the domain wants that; tells one who came by HTTPS to stay. Says whether
 * that was the answer.
 *
 * @param origin where the viewer is, such as `http://live.example.com:8080`
 */
export function sentToHttps(
  { https }: DomainRule,
  { origin, tlsPort }: { readonly origin: string; readonly tlsPort: number | undefined },
  request: Request,
  response: Response,
): boolean {
  if (origin.startsWith('https:')) {
    if (https.hstsSeconds > 0) response.setHeader('Strict-Transport-Security', `max-age=${https.hstsSeconds}`);
    return false;
  }
  if (!https.force) return false;
  if (!URL.canParse(origin) || (request.method !== 'GET' && request.method !== 'HEAD')) {
    answerProblem(request, response, HTTPS_REQUIRED);
    return true;
  }
  const { hostname } = new URL(origin);
  const host = isIPv6(hostname) ? `[${hostname}]` : hostname;
  const port = tlsPort === undefined || tlsPort === HTTPS_PORT ? '' : `:${tlsPort}`;
  answer(request, response, {
    ...{ status: 308, type: 'text/plain; charset=utf-8', cacheControl: 'no-store' },
    body: new TextEncoder().encode('This is at https:// only.\n'),
    headers: { Location: `https://${host}${port}${request.url ?? '/'}` },
  });
  return true;
}

import { randomUUID } from 'node:crypto';
import { encodeSrsHook } from '../protocol/srs/index.ts';
import type { RemoteRequest, RemoteSubject } from './remote-request.ts';

/** The hook of SRS that asks whether a client may publish or play. */
export function srsQuestion(url: string, subject: RemoteSubject): Omit<RemoteRequest, 'timeoutMs'> {
  return post(url, subject, subject.action === 'publish' ? 'on_publish' : 'on_play');
}

/** The hook that says that a player has left. */
export function srsFarewell(url: string, subject: RemoteSubject): Omit<RemoteRequest, 'timeoutMs'> {
  return post(url, subject, 'on_stop');
}

function post(url: string, subject: RemoteSubject, action: 'on_publish' | 'on_play' | 'on_stop') {
  const { server = '', sessionId, domain, app, stream, query, address, referer } = subject;
  const body = encodeSrsHook({
    ...{ action, server, address, domain, app, stream, query },
    client: sessionId ?? randomUUID(),
    host: subject.host ?? '',
    pageUrl: referer,
  });
  return { url, method: 'POST' as const, headers: { 'content-type': 'application/json' }, body };
}

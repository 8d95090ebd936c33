import { createHash } from 'node:crypto';
import type { Ask } from '../../../../operations/index.ts';
import { HIDDEN, HIDDEN_URL, type Match, type PullRule, type TransferRule } from '../../../../rules/index.ts';
import { ApsaraError, everyPage, invalidParameter, utcText } from '../../base/index.ts';

export const allPulls = (ask: Ask) => everyPage<PullRule>(ask, 'listPulls', 'pulls');
export const allTransfers = (ask: Ask) => everyPage<TransferRule>(ask, 'listTransfers', 'transfers');

/** A rule's name that follows from what it is about, as ApsaraVideo has none. */
export function nameFor(...parts: readonly string[]): string {
  return `apsara-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)}`;
}

export function isAbout({ match }: { readonly match: Match }, { domain, app, stream }: Match): boolean {
  return match.domain.toLowerCase() === domain && match.app === app && match.stream === stream;
}

export function notFound(what: string, remedy: string): ApsaraError {
  return new ApsaraError(404, 'InvalidConfig.NotFound', `There is no such ${what}. ${remedy}`);
}

/** Left out where the caller may not see it. */
export const shownUrl = (url: string): string | undefined => (url === HIDDEN_URL ? undefined : url);

/** The server with its app, and the name of the stream there. */
export function destinationOf(DstUrl: string): { readonly url: string; readonly key: string } {
  const [path = '', query] = DstUrl.split(/\?(.*)/s, 2);
  const slash = path.lastIndexOf('/');
  if (!/^rtmps?:\/\/[^/]+\/[^/]+/.test(path.slice(0, slash)) || slash + 1 === path.length) {
    throw invalidParameter('DstUrl', 'it must be an RTMP URL with an app and a stream, as in rtmp://host/app/stream');
  }
  return { url: path.slice(0, slash), key: path.slice(slash + 1) + (query === undefined ? '' : `?${query}`) };
}

/** The destination as one URL, without its key where the caller may not see that. */
export function urlOf({ url, key }: { readonly url: string; readonly key: string }): string {
  return key === HIDDEN ? url : `${url.replace(/\/$/, '')}/${key}`;
}

export function windowOf(startMs: number | undefined, endMs: number | undefined) {
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs) {
    throw invalidParameter('EndTime', 'it must be after StartTime');
  }
  return {
    startTime: startMs === undefined ? '' : utcText(startMs),
    endTime: endMs === undefined ? '' : utcText(endMs),
  };
}

export function shownWindow({ startTime, endTime }: { readonly startTime: string; readonly endTime: string }) {
  return { StartTime: startTime, EndTime: endTime };
}

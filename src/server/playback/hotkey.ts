import type { ServerResponse } from 'node:http';
import type { PublishRequest } from '../../access/index.ts';
import { ClipError } from '../../clip/index.ts';
import type { StreamId } from '../../live/index.ts';
import { problemOf } from './admission.ts';
import { answer, answerProblem, CORS_HEADERS } from './answer.ts';
import { shownClip } from './clip-words.ts';
import { answerFromElsewhere } from './elsewhere.ts';
import type { Problem, Request, Response } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';

const NOT_PRESSED: Problem = {
  status: 405,
  code: 'NOT_PRESSED',
  reason: 'a hotkey is pressed by GET or POST, and not beforehand',
};
const BAD_SECONDS: Problem = {
  status: 400,
  code: 'CLIP_RANGE',
  reason: 'seconds is no number',
  remedy: 'Write seconds=30, or leave it out.',
};

export type HotkeyAsked = {
  readonly does: 'clip' | 'marker';
  /** Who may publish the stream may press its keys. */
  readonly publish: PublishRequest;
  /** Such as `https://live.example.com`. */
  readonly origin: string;
};

/** Answers `/{app}/{stream}/clip` and `/{app}/{stream}/marker`, for whoever may publish the stream. */
export async function answerHotkey(
  door: PlaybackDoor,
  { does, publish, origin }: HotkeyAsked,
  request: Request,
  response: Response,
): Promise<void> {
  request.resume();
  if (request.method === 'HEAD' || isPrefetch(request)) {
    answerProblem(request, response, NOT_PRESSED, { Allow: 'GET, POST' });
    return;
  }
  const verdict = await door.access.publish(publish);
  if (!verdict.allowed) return answerProblem(request, response, problemOf(verdict));
  const id = { domain: publish.domain.name, app: publish.app, name: publish.stream };
  const isElsewhere = door.registry.find(id)?.isCopy === true;
  if (isElsewhere && (await answerFromElsewhere(request, response))) return;
  const query = new URLSearchParams(publish.query);
  try {
    if (does === 'marker') await mark(door, id, query, { request, response });
    else await clip(door, id, { query, origin }, { request, response });
  } catch (error) {
    if (!(error instanceof ClipError)) throw error;
    const { status, code, message, remedy } = error;
    const headers = status === 503 || status === 429 ? { 'Retry-After': '5' } : {};
    answerProblem(request, response, { status, code, reason: message, remedy }, headers);
  }
}

type Exchange = { readonly request: Request; readonly response: Response };

async function clip(
  door: PlaybackDoor,
  id: StreamId,
  { query, origin }: { readonly query: URLSearchParams; readonly origin: string },
  { request, response }: Exchange,
): Promise<void> {
  const seconds = Number(query.get('seconds') || 30);
  if (!Number.isFinite(seconds)) return answerProblem(request, response, BAD_SECONDS);
  const made = await door.clipping.hotkeys.clip(id, { seconds, title: query.get('title') ?? '' });
  const shown = shownClip(made, id, origin);
  if (request.method === 'GET' && request.headers.accept?.includes('text/html')) {
    const location = new URL(shown.pageUrl).pathname;
    const plain = response as ServerResponse;
    plain.writeHead(303, { ...CORS_HEADERS, Location: location, 'Cache-Control': 'no-store' }).end();
  } else answerJson(request, response, shown);
}

async function mark(
  door: PlaybackDoor,
  id: StreamId,
  query: URLSearchParams,
  { request, response }: Exchange,
): Promise<void> {
  const { id: markerId, atWallMs, name } = await door.clipping.hotkeys.marker(id, query.get('name') ?? '');
  answerJson(request, response, { id: markerId, name, at: new Date(atWallMs).toISOString() });
}

function answerJson(request: Request, response: Response, made: object): void {
  const body = new TextEncoder().encode(JSON.stringify(made));
  answer(request, response, { status: 201, type: 'application/json', cacheControl: 'no-store', body });
}

/** Browsers fetch what somebody may be about to open. */
function isPrefetch({ headers }: Request): boolean {
  return String(headers['sec-purpose'] ?? headers.purpose ?? '').includes('prefetch');
}

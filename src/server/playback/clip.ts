import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Clip, chaptersVtt, type ReadyClip } from '../../clip/index.ts';
import type { StreamId } from '../../live/index.ts';
import { sendRanged } from '../http/index.ts';
import { answer, answerProblem, CORS_HEADERS } from './answer.ts';
import { clipPageValues, expiredWords, shownClip } from './clip-words.ts';
import { countAnswer, countSent } from './counted-answers.ts';
import { answerFromElsewhere } from './elsewhere.ts';
import type { Problem, Request, Response } from './exchange.ts';
import { PAGE_POLICY } from './page-policy.ts';
import { fillTemplate, type TemplateValues } from './page-template.ts';
import type { PlaybackDoor } from './playback-door.ts';
import type { ClipFile } from './target.ts';

const NO_CLIP: Problem = {
  status: 404,
  code: 'CLIP_NOT_FOUND',
  reason: 'there is no such clip, or it was deleted',
};
const MAKING: Problem = {
  status: 503,
  code: 'CLIP_MAKING',
  reason: 'the clip is being made',
  remedy: 'Try again in a moment.',
};
const EXPIRED: Problem = {
  status: 410,
  code: 'CLIP_EXPIRED',
  reason: 'this clip has expired and is deleted',
};
const FAILED: Omit<Problem, 'reason'> = { status: 404, code: 'CLIP_FAILED', remedy: 'Clip the moment again.' };
const BEYOND: Problem = { status: 416, code: 'RANGE_NOT_SATISFIABLE', reason: 'the range lies behind the end' };
const AGAIN = { 'Retry-After': '2' };
/** A clip may be deleted, and then nobody should keep it. */
const CACHE = 'private, max-age=60';
/** Most clips are made within this; who made one opens its page at once. */
const PATIENCE_MS = 5000;
const TYPES = { mp4: 'video/mp4', jpg: 'image/jpeg' };

export type ClipAsked = {
  readonly id: StreamId;
  readonly clipId: string;
  /** Undefined for the page. */
  readonly file: ClipFile | undefined;
  /** Such as `https://live.example.com`. */
  readonly origin: string;
};

type Exchange = { readonly request: Request; readonly response: Response };

/** Answers `/{app}/{stream}/clips/{id}` and what belongs to it, for whoever has the link. */
export async function answerClip(
  door: PlaybackDoor,
  asked: ClipAsked,
  request: Request,
  response: Response,
): Promise<void> {
  const exchange = { request, response };
  const { id, clipId, file, origin } = asked;
  const clip = await door.clipping.clips.settled(id, clipId, file === 'json' ? 0 : PATIENCE_MS);
  if (file === 'json' && clip && clip.state !== 'expired') return json(shownClip(clip, id, origin), exchange);
  if (!clip && (await answerFromElsewhere(request, response))) return;
  if (file === undefined) return page(door, asked, clip, exchange);
  const problem = problemOf(clip);
  if (problem) return answerProblem(request, response, problem, problem === MAKING ? AGAIN : {});
  if (clip?.state !== 'ready') return answerProblem(request, response, NO_CLIP);
  if (file === 'mp4' || file === 'jpg') return media(door, clip, file, exchange);
  const body = new TextEncoder().encode(chaptersVtt(clip.chapters));
  answer(request, response, { type: 'text/vtt; charset=utf-8', cacheControl: CACHE, body });
}

function problemOf(clip: Clip | undefined): Problem | undefined {
  if (!clip) return NO_CLIP;
  if (clip.state === 'expired') return EXPIRED;
  if (clip.state === 'failed') return { ...FAILED, reason: `the clip could not be made: ${clip.reason}` };
  return clip.state === 'making' ? MAKING : undefined;
}

function json(shown: object, { request, response }: Exchange): void {
  const body = new TextEncoder().encode(JSON.stringify(shown));
  answer(request, response, { type: 'application/json', cacheControl: 'no-store', body });
}

async function media(
  door: PlaybackDoor,
  clip: ReadyClip,
  file: 'mp4' | 'jpg',
  { request, response }: Exchange,
): Promise<void> {
  const sizeBytes = file === 'mp4' ? clip.sizeBytes : clip.poster?.sizeBytes;
  const headers = { ...CORS_HEADERS, 'Content-Type': TYPES[file], 'Cache-Control': CACHE, ETag: `"${clip.id}"` };
  const sent =
    sizeBytes === undefined
      ? 'gone'
      : await sendRanged(request, response as ServerResponse, {
          ...{ sizeBytes, headers },
          onAnswer: (status) => countAnswer(response, status, 0),
          onSent: (bytes) => countSent(response, bytes),
          open: (range) => door.clipping.clips.content(clip, file, range),
        });
  if (sent === 'gone') answerProblem(request, response, NO_CLIP);
  if (sent === 'unsatisfiable') answerProblem(request, response, BEYOND);
}

/** For people and for those who look at links: what the clip is, that it will be, or that it is not. */
async function page(
  door: PlaybackDoor,
  { id, origin }: ClipAsked,
  clip: Clip | undefined,
  { request, response }: Exchange,
): Promise<void> {
  const send = async (name: string, status: number, values: TemplateValues) => {
    const template = await readFile(join(door.playerDir, name, 'index.html'), 'utf8');
    const body = new TextEncoder().encode(fillTemplate(template, values));
    const headers = {
      'Content-Security-Policy': PAGE_POLICY,
      'X-Robots-Tag': 'noindex',
      'X-Content-Type-Options': 'nosniff',
      ...(clip?.state === 'making' ? { Refresh: '2' } : {}),
    };
    const cacheControl = clip?.state === 'ready' ? 'private, no-cache' : 'no-store';
    answer(request, response, { status, type: 'text/html; charset=utf-8', cacheControl, body, headers });
  };
  if (clip?.state === 'ready') return send('clip', 200, clipPageValues(clip, id, origin));
  const about = { app: id.app, stream: id.name, title: clip?.title ?? 'No such clip' };
  if (clip?.state === 'making')
    return send('clip-away', 200, { ...about, words: 'It is being made and will be here in a moment.' });
  if (clip?.state === 'expired') return send('clip-away', 410, { ...about, words: expiredWords(clip) });
  if (clip) return send('clip-away', 404, { ...about, words: `It could not be made: ${clip.reason}.` });
  await send('clip-away', 404, { ...about, words: 'It was deleted, or the link is not whole.' });
}

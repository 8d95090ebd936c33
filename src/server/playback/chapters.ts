import type { PlayRequest } from '../../access/index.ts';
import { checkReach, TimeShiftError } from '../../timeshift/index.ts';
import { problemOf } from './admission.ts';
import { answer, answerProblem } from './answer.ts';
import { answerFromElsewhere } from './elsewhere.ts';
import type { Problem, Request, Response } from './exchange.ts';
import { TOKEN_PARAMETER } from './hls-ready.ts';
import { pastViewOf } from './past-view.ts';
import type { PlaybackDoor } from './playback-door.ts';

const NO_TIME_SHIFT: Problem = {
  status: 404,
  code: 'NO_TIME_SHIFT',
  reason: 'the past of this stream cannot be played',
  remedy: 'Set timeShift.enabled in a stream rule; for a rendition timeShift.renditions too.',
};
const BAD_RANGE: Problem = {
  status: 400,
  code: 'CHAPTERS_RANGE',
  reason: 'from and to are no range of time',
  remedy:
    'Write from and to in Unix milliseconds, as in the names of vod playlists; left out, they are the near window.',
};
const REVOKED: Problem = { status: 403, code: 'REVOKED', reason: 'session ended by the server' };
const DIGITS = /^\d{1,15}$/;

export type ChaptersAsked = {
  readonly asked: PlayRequest;
  /** Of the session; empty where it is in the query. */
  readonly token: string;
  readonly isShutOut: (token: string) => boolean;
};

/** Answers `~{token}/chapters.vtt`: markers as chapters, counted from where a playlist of the same range begins. */
export async function answerChapters(
  door: PlaybackDoor,
  { asked, token: inPath, isShutOut }: ChaptersAsked,
  request: Request,
  response: Response,
): Promise<void> {
  const refuse = (problem: Problem) => answerProblem(request, response, problem);
  const query = new URLSearchParams(asked.query);
  const token = inPath || (query.get(TOKEN_PARAMETER) ?? '');
  if (isShutOut(token)) return refuse(REVOKED);
  const verdict = door.access.playSession(asked, token);
  if (!verdict.allowed) return refuse(problemOf(verdict));
  const { settings, variants } = pastViewOf(door, { domain: asked.domain.name, app: asked.app, name: asked.stream });
  const [lead] = variants;
  const { enabled, days, nearSeconds } = settings.timeShift;
  if (!enabled || !lead) return refuse(NO_TIME_SHIFT);
  const nowMs = door.clock.wallMs();
  const startMs = timeOf(query.get('from'), nowMs - nearSeconds * 1000);
  const endMs = timeOf(query.get('to'), nowMs);
  if (!(startMs < endMs)) return refuse(BAD_RANGE);
  try {
    checkReach('from', startMs, { nowMs, days });
  } catch (error) {
    if (!(error instanceof TimeShiftError)) throw error;
    return refuse({ status: 400, code: error.code, reason: error.message, remedy: error.remedy });
  }
  const text = await door.clipping.chapters.ofTimeShift(lead.id, { startMs, endMs: Math.min(endMs, nowMs) });
  const body = new TextEncoder().encode(text);
  if (!text.includes('-->') && (await answerFromElsewhere(request, response))) return;
  answer(request, response, { type: 'text/vtt; charset=utf-8', cacheControl: 'private, max-age=1', body });
}

/** Not a number for what is none. */
function timeOf(text: string | null, otherwiseMs: number): number {
  if (text === null) return otherwiseMs;
  return DIGITS.test(text) ? Number(text) : Number.NaN;
}

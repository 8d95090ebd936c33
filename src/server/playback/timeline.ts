import type { PlayRequest } from '../../access/index.ts';
import { parseTimelineRange, TimeShiftError, timelineAnswer } from '../../timeshift/index.ts';
import { giveBackAfterHead, problemOf } from './admission.ts';
import { answer, answerProblem } from './answer.ts';
import { answerFromElsewhere } from './elsewhere.ts';
import type { Problem, Request, Response } from './exchange.ts';
import { pastViewOf } from './past-view.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { isStreamName } from './target.ts';

const BAD_QUERY: Problem = {
  status: 400,
  code: 'BAD_QUERY',
  reason: 'the query names no stream',
  remedy: 'Give app and stream, and format=ts or format=flv where you give one.',
};
const NO_TIMELINE: Problem = {
  status: 404,
  code: 'NO_TIME_SHIFT',
  reason: 'the past of this stream cannot be played',
  remedy: 'Set timeShift.enabled in a stream rule; for a rendition timeShift.renditions too.',
};

/** The stream that a timeline query is about; undefined where it says none. */
export function timelineStreamOf(query: string): { readonly app: string; readonly stream: string } | undefined {
  const parameters = new URLSearchParams(query);
  const [app = '', stream = ''] = [parameters.get('app') ?? '', parameters.get('stream') ?? ''];
  const hasFormat = /^(ts|flv)$/.test(parameters.get('format') ?? 'ts');
  return hasFormat && isStreamName(app, stream) ? { app, stream } : undefined;
}

export function refuseTimeline(request: Request, response: Response): void {
  answerProblem(request, response, BAD_QUERY);
}

/** Answers `/openapi/timeline/query`: the times of a stream that can be played, for whoever may play it. */
export async function answerTimeline(
  door: PlaybackDoor,
  asked: PlayRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const verdict = await door.access.play(asked);
  if (!verdict.allowed) return answerProblem(request, response, problemOf(verdict));
  await giveBackAfterHead(door, request, verdict);
  const id = { domain: asked.domain.name, app: asked.app, name: asked.stream };
  const { settings, variants } = pastViewOf(door, id);
  const [lead] = variants;
  if (!settings.timeShift.enabled || !lead) return answerProblem(request, response, NO_TIMELINE);
  const nowMs = door.clock.wallMs();
  const range = rangeOf(asked.query, { nowMs, days: settings.timeShift.days });
  if ('status' in range) return answerProblem(request, response, range);
  const intervals =
    range.startMs < range.endMs ? await door.past.archive.timeline(lead.id, range.startMs, range.endMs) : [];
  if (intervals.length === 0 && (await answerFromElsewhere(request, response))) return;
  const clipped = intervals.map(({ startMs, endMs }) => ({
    startMs: Math.max(startMs, range.startMs),
    endMs: Math.min(endMs, range.endMs),
  }));
  answer(request, response, {
    type: 'application/json',
    cacheControl: 'no-store',
    body: new TextEncoder().encode(JSON.stringify(timelineAnswer(clipped, nowMs))),
  });
}

function rangeOf(query: string, reach: Parameters<typeof parseTimelineRange>[1]) {
  try {
    return parseTimelineRange(query, reach);
  } catch (error) {
    if (!(error instanceof TimeShiftError)) throw error;
    const { code, message, remedy } = error;
    return { status: 400, code, reason: message, remedy };
  }
}

import type { PlayRequest } from '../../access/index.ts';
import type { PreviewedStream, PreviewSheet } from '../../preview/index.ts';
import { pictureVtt } from '../../snapshot/index.ts';
import { parseTimeShift, type TimeShift, TimeShiftError } from '../../timeshift/index.ts';
import type { Bytes } from './answer.ts';
import type { Problem } from './exchange.ts';
import { ARCHIVE_UNREADABLE, NO_TIME_SHIFT } from './past.ts';
import { pastViewOf } from './past-view.ts';
import type { PlaybackDoor } from './playback-door.ts';

const SHEET_GONE = {
  status: 404,
  code: 'NO_SPRITE',
  reason: 'there are no pictures of that time any more',
  remedy: 'Fetch the WebVTT file again.',
};
const DAY_MS = 86_400_000;
/** A sheet that is settled loses pictures with the media they show, and else never changes. */
const SETTLED_CACHE = 'public, max-age=86400, immutable';
/** The address of one that grows says how far it had grown. */
const GROWING_CACHE = 'private, max-age=3600';
const VTT_CACHE = 'private, max-age=5';

/** The address of a sheet's file as the WebVTT file says it, with a query where there is one. */
export type SheetAddress = (file: string, query: string) => string;

export type SpriteFound = { readonly found: Bytes } | { readonly problem: Problem };

/**
 * Small pictures of the past: what a sheet shows, or a WebVTT file of the times that the query asks for as a playlist's
 * would; `live` where these are of now.
 */
export async function pastSprite(
  door: PlaybackDoor,
  asked: PlayRequest,
  sheet: PreviewSheet | undefined,
  addressOf: SheetAddress,
): Promise<SpriteFound | 'live'> {
  const { settings, owner, variants } = pastViewOf(door, idOf(asked));
  const [lead] = variants;
  if (!settings.timeShift.enabled || !lead) return { problem: NO_TIME_SHIFT };
  const reach = { nowMs: door.clock.wallMs(), days: settings.timeShift.days };
  const stream = { pictured: owner, played: lead.id, sinceMs: reach.nowMs - reach.days * DAY_MS };
  try {
    if (sheet) return await sheetOf(door, stream, sheet);
    const range = rangeOf(parseTimeShift(asked.query, reach), reach.nowMs);
    return range ? await vttOf(door, stream, range, addressOf) : 'live';
  } catch (error) {
    if (error instanceof TimeShiftError) {
      const { code, message: reason, remedy } = error;
      return { problem: { status: 400, code, reason, remedy } };
    }
    door.log.error({ error, ...idOf(asked) }, 'small pictures of the past could not be read');
    return { problem: ARCHIVE_UNREADABLE };
  }
}

type Range = { readonly startMs: number; readonly endMs: number };

/** Up to now at most; undefined for live. */
function rangeOf(wanted: TimeShift, nowMs: number): Range | undefined {
  if (wanted.kind === 'live') return undefined;
  if (wanted.kind === 'shift') return { startMs: nowMs - wanted.lagMs, endMs: nowMs };
  return { startMs: wanted.startMs, endMs: Math.min(wanted.endMs, nowMs) };
}

async function vttOf(
  { past }: PlaybackDoor,
  stream: PreviewedStream,
  range: Range,
  addressOf: SheetAddress,
): Promise<SpriteFound> {
  const cues = await past.previews.cues(stream, range, addressOf);
  // An earlier picture may stand for the beginning, and WebVTT has no times before 0.
  const startMs = Math.min(range.startMs, ...cues.slice(0, 1).map(({ fromWallMs }) => fromWallMs));
  const body = new TextEncoder().encode(pictureVtt(cues, startMs));
  return { found: { type: 'text/vtt; charset=utf-8', cacheControl: VTT_CACHE, body } };
}

async function sheetOf({ past }: PlaybackDoor, stream: PreviewedStream, sheet: PreviewSheet): Promise<SpriteFound> {
  const body = await past.previews.sheet(stream, sheet);
  if (!body) return { problem: SHEET_GONE };
  const cacheControl = past.previews.isSettled(sheet) ? SETTLED_CACHE : GROWING_CACHE;
  return { found: { type: 'image/jpeg', cacheControl, body } };
}

function idOf({ domain, app, stream }: PlayRequest) {
  return { domain: domain.name, app, name: stream };
}

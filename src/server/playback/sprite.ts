import type { PlayRequest } from '../../access/index.ts';
import type { PreviewSheet } from '../../preview/index.ts';
import { spriteVtt } from '../../snapshot/index.ts';
import { asksForTimeShift } from '../../timeshift/index.ts';
import { giveBackAfterHead, problemOf } from './admission.ts';
import { answer, answerProblem } from './answer.ts';
import type { Problem, Request, Response } from './exchange.ts';
import { TOKEN_PARAMETER } from './hls-ready.ts';
import { pastSprite, type SheetAddress, type SpriteFound } from './past-sprite.ts';
import type { PlaybackDoor } from './playback-door.ts';

/** What is asked for, and whether by the token of a session. */
export type SpriteTarget = {
  /** Undefined without a session; empty where the token is in the query. */
  readonly token?: string;
  /** The number of one in memory, or one of the past; undefined for the WebVTT file. */
  readonly sheet?: number | PreviewSheet;
};

const NO_SPRITE: Problem = {
  status: 404,
  code: 'NO_SPRITE',
  reason: 'there are no pictures of the past of this stream',
  remedy: 'Start the encoder, or set snapshot.enabled and snapshot.sprite in a stream rule.',
};
const REVOKED: Problem = { status: 403, code: 'REVOKED', reason: 'session ended by the server' };
/** A sheet's address says how many tiles it has. */
const SHEET_CACHE = 'private, max-age=3600';
const VTT_CACHE = 'private, max-age=1';

export type SpriteDoor = {
  readonly door: PlaybackDoor;
  /** Whether the server ended the token's session. */
  readonly isShutOut: (token: string) => boolean;
};

/**
 * Answers `/{app}/{stream}.vtt` for whoever may play the stream, and under the path of a session its `sprite.vtt` and
 * sheets: of what is in memory, and with the times of a playlist of the past of what is in the archive. None of it makes
 * anybody a viewer.
 */
export async function answerSprite(
  { door, isShutOut }: SpriteDoor,
  target: SpriteTarget,
  asked: PlayRequest,
  exchange: { readonly request: Request; readonly response: Response },
): Promise<void> {
  const { request, response } = exchange;
  const refuse = (problem: Problem) => answerProblem(request, response, problem);
  const token = target.token === '' ? tokenIn(asked.query) : target.token;
  if (token !== undefined && isShutOut(token)) return refuse(REVOKED);
  const verdict = token === undefined ? await door.access.play(asked) : door.access.playSession(asked, token);
  if (!verdict.allowed) return refuse(problemOf(verdict));
  if (token === undefined) await giveBackAfterHead(door, request, verdict);
  const addressOf = addressesFor(asked, target, token ?? newToken(door, asked, verdict));
  const answered = await spriteFound(door, asked, target.sheet, addressOf);
  if ('problem' in answered) return refuse(answered.problem);
  return answer(request, response, answered.found);
}

async function spriteFound(
  door: PlaybackDoor,
  asked: PlayRequest,
  sheet: SpriteTarget['sheet'],
  addressOf: SheetAddress,
): Promise<SpriteFound> {
  if (typeof sheet === 'number') return liveSheet(door, asked, sheet);
  const isOfPast = sheet !== undefined || asksForTimeShift(asked.query);
  const past = isOfPast ? await pastSprite(door, asked, sheet, addressOf) : 'live';
  return past === 'live' ? liveVtt(door, asked, addressOf) : past;
}

function liveVtt(door: PlaybackDoor, asked: PlayRequest, addressOf: SheetAddress): SpriteFound {
  const live = liveSpriteOf(door, asked);
  if (!live) return { problem: NO_SPRITE };
  const urlOf = (sheet: number, tiles: number) => addressOf(`sprite-${sheet}.jpg`, `tiles=${tiles}`);
  const body = new TextEncoder().encode(spriteVtt(live.sprite.cues(), { ...live, urlOf }));
  return { found: { type: 'text/vtt; charset=utf-8', cacheControl: VTT_CACHE, body } };
}

function liveSheet(door: PlaybackDoor, asked: PlayRequest, sheet: number): SpriteFound {
  const body = liveSpriteOf(door, asked)?.sprite.sheet(sheet);
  return body ? { found: { type: 'image/jpeg', cacheControl: SHEET_CACHE, body } } : { problem: NO_SPRITE };
}

function liveSpriteOf(door: PlaybackDoor, { domain, app, stream }: PlayRequest) {
  return door.spriteOf({ domain: domain.name, app, name: stream });
}

type PlayVerdict = Extract<Awaited<ReturnType<PlaybackDoor['access']['play']>>, { allowed: true }>;

function newToken(door: PlaybackDoor, asked: PlayRequest, { uid, signature }: PlayVerdict): string {
  const session = { sessionId: door.newId(), keyName: signature?.keyName };
  return door.access.issueSession(asked, uid === undefined ? session : { ...session, uid }).token;
}

/** Relative to the WebVTT file, so that they hold behind any proxy. */
function addressesFor({ domain, stream }: PlayRequest, target: SpriteTarget, token: string): SheetAddress {
  const isInQuery = target.token === undefined ? domain.play.sessionTokenIn === 'query' : target.token === '';
  const folder = target.token === undefined ? `${stream}/~${isInQuery ? '' : token}/` : '';
  const carried = isInQuery ? [`${TOKEN_PARAMETER}=${token}`] : [];
  return (file, query) => {
    const parameters = [...(query === '' ? [] : [query]), ...carried].join('&');
    return `${folder}${file}${parameters === '' ? '' : `?${parameters}`}`;
  };
}

function tokenIn(query: string): string {
  return new URLSearchParams(query).get(TOKEN_PARAMETER) ?? '';
}

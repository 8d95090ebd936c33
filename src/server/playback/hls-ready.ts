import type { HlsContainer, HlsPackager, SegmentWindow } from '../../packager/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { type DeliveryDirectives, parseDeliveryDirectives, type RenditionReport } from '../../protocol/m3u8/index.ts';
import { NOT_LIVE } from './admission.ts';
import type { Bytes } from './answer.ts';
import type { Problem } from './exchange.ts';
import { type PlaylistText, withQuery } from './playlist-text.ts';

/** Numbers are never used again, so what has one never changes. */
const FOR_EVER = 'public, max-age=86400, immutable';
/** A key is for whom it was given to. */
const NOT_KEPT = 'private, no-store';
/** A playlist that was waited for stays good for those who ask the same (RFC 8216bis, B.1): six target durations. */
const BLOCKING_TARGET_DURATIONS = 6;
/** One without directives is new at every part. */
export const SHORTLY = 'public, max-age=1';
export const TOKEN_PARAMETER = 'hw_token';

export const NOT_THERE: Problem = {
  status: 404,
  code: 'NOT_IN_WINDOW',
  reason: 'not in the window of the stream',
  remedy: 'Reload the playlist: the player is too far behind or too far ahead.',
};
const STALLED: Problem = { status: 503, code: 'STALLED', reason: 'the stream does not go on at the moment' };
export const NOT_IN_CONTAINER: Problem = {
  status: 406,
  code: 'NOT_IN_CONTAINER',
  reason: 'MPEG-TS carries none of the codecs of the stream',
  remedy: 'Ask for container=fmp4.',
};

/** What a viewer asks of a packager. */
export type HlsWanted = {
  readonly file: string;
  readonly query: string;
  /** To be added to what the playlist names, where the viewer's token is not in the path. */
  readonly carriedToken?: string | undefined;
  readonly takesGzip: boolean;
  /** How far the stream's other variants are, for low latency. */
  readonly reports?: (() => readonly RenditionReport[]) | undefined;
};

/** A part or, without `part`, a whole segment; without either the first whole segment. */
type HlsPlace = { readonly segment?: number | undefined; readonly part?: number | undefined };

/** What is to be waited for, and what to say if it doesn't come. */
export type HlsComing = HlsPlace & { readonly otherwise: Problem };

/** What there is to say now: the bytes, a problem, or what has to be waited for. */
export type HlsFound =
  | {
      readonly kind: 'playlist' | 'media';
      readonly bytes: Bytes;
      /** To be called once the bytes are sent: their memory is then used for others. */
      readonly release?: () => void;
    }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'coming'; readonly coming: HlsComing };

const TS_TYPE = 'video/mp2t';
const MEDIA_HEADERS = { 'Accept-Ranges': 'bytes' };
const PLAYLIST = /^(live|ts)\.m3u8$/;
/** A segment, or with a second number one of its parts. */
export const NUMBERED = /^(\d{1,15})(?:\.(\d{1,5}))?\.(m4s|ts)$/;

export function isPlaylist(file: string): boolean {
  return PLAYLIST.test(file);
}

/** Looks for what is wanted without waiting for it. */
export function findHls(packager: HlsPackager, wanted: HlsWanted, texts: PlaylistText): HlsFound {
  const playlist = PLAYLIST.exec(wanted.file);
  if (playlist) return findPlaylist(packager, playlist[1] === 'ts' ? 'ts' : 'fmp4', wanted, texts);
  return findMedia(packager, wanted.file);
}

function findPlaylist(
  packager: HlsPackager,
  container: HlsContainer,
  { query, carriedToken, takesGzip, reports }: HlsWanted,
  texts: PlaylistText,
): HlsFound {
  const directives = query === '' ? {} : readDirectives(query);
  if ('status' in directives) return { kind: 'problem', problem: directives };
  const { mediaSequence, part, skip } = directives;
  const { window } = packager;
  const place = { segment: mediaSequence, part };
  if (!isThere(window, place)) {
    const problem = tooFarAhead(window, mediaSequence);
    const otherwise = mediaSequence === undefined ? NOT_LIVE : STALLED;
    const coming = window.listed().length === 0 ? { otherwise } : { ...place, otherwise };
    return problem ? { kind: 'problem', problem } : { kind: 'coming', coming };
  }
  const alone = packager.playlist(container, skip !== undefined);
  if (!alone) return { kind: 'problem', problem: NOT_IN_CONTAINER };
  const hasReports = reports !== undefined && container === 'fmp4' && packager.isLowLatency;
  const text = hasReports ? texts.reported.with(alone.text, reports()) : alone.text;
  const isShared = carriedToken === undefined;
  const body = isShared ? text : withQuery(text, `${TOKEN_PARAMETER}=${carriedToken}`);
  const cacheControl = mediaSequence === undefined ? SHORTLY : whileListed(window);
  const settled = isShared ? alone.settled : undefined;
  return { kind: 'playlist', bytes: texts.answer({ body, settled, cacheControl, isShared, takesGzip }) };
}

function findMedia(packager: HlsPackager, file: string): HlsFound {
  if (file.endsWith('.key')) return keyFound(packager.key(file));
  const [matched, number, index, extension] = NUMBERED.exec(file) ?? [];
  if (matched === undefined) return mediaFound(file, file.startsWith('init-') ? packager.init(file) : undefined);
  const segment = Number(number);
  if (index === undefined && extension === 'ts') return tsFound(packager, file, segment);
  if (index === undefined) return mediaFound(file, packager.segment(segment, 'fmp4'));
  const part = Number(index);
  const next = packager.window.nextPart();
  const isNext = !packager.isEncrypted && next?.segment === segment && next.part === part;
  return isNext
    ? { kind: 'coming', coming: { segment, part, otherwise: NOT_THERE } }
    : mediaFound(file, packager.part(segment, part));
}

/** Another node may have the whole of what is a gap here: nobody keeps what stands for it. */
function tsFound(packager: HlsPackager, file: string, segment: number): HlsFound {
  const gap = packager.gap(segment);
  if (!gap) return mediaFound(file, packager.segment(segment, 'ts'));
  return { kind: 'media', bytes: { type: TS_TYPE, cacheControl: NOT_KEPT, body: gap } };
}

export function keyFound(body: Uint8Array | undefined): HlsFound {
  if (!body) return { kind: 'problem', problem: NOT_THERE };
  const type = 'application/octet-stream';
  return { kind: 'media', bytes: { type, cacheControl: NOT_KEPT, body } };
}

export function mediaFound(file: string, body: Uint8Array | undefined): HlsFound {
  if (!body) return { kind: 'problem', problem: NOT_THERE };
  const type = file.endsWith('.ts') ? TS_TYPE : 'video/mp4';
  return { kind: 'media', bytes: { type, cacheControl: FOR_EVER, body, headers: MEDIA_HEADERS } };
}

/** hls.js takes a playlist without a whole segment for an error, whatever parts it has. */
function isThere(window: SegmentWindow, { segment, part }: HlsPlace): boolean {
  if (window.isEnded && segment !== undefined) return true;
  return window.listed().length > 0 && (segment === undefined || window.has(segment, part));
}

function tooFarAhead(window: SegmentWindow, mediaSequence: number | undefined): Problem | undefined {
  const newest = window.nextPart()?.segment;
  // A stream that goes on at another node has nothing yet: what is asked for is of before.
  if (mediaSequence === undefined || newest === undefined || mediaSequence <= newest + 1) return undefined;
  const reason = `_HLS_msn is more than one segment ahead of ${newest}`;
  return { status: 400, code: 'TOO_FAR_AHEAD', reason };
}

function whileListed(window: SegmentWindow): string {
  return `public, max-age=${window.targetDurationSeconds * BLOCKING_TARGET_DURATIONS}`;
}

function readDirectives(query: string): DeliveryDirectives | Problem {
  try {
    return parseDeliveryDirectives(query);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { status: 400, code: 'BAD_DIRECTIVE', reason: error.message };
  }
}

import { MalformedError } from '../bytes/index.ts';
import { AttributeList } from './attribute-list.ts';
import { clip, parseDecimal, parseInteger } from './decimal.ts';
import { type Mutable, playlistLines, splitTag } from './lines.ts';
import type { MediaPlaylist, MediaSegment, PartialSegment, PreloadHint, RenditionReport } from './media-playlist.ts';
import {
  parseByteRange,
  parseDate,
  parseKey,
  parseMap,
  parsePart,
  parsePreloadHint,
  parseRenditionReport,
  parseServerControl,
  parseStart,
} from './media-tags.ts';

const MAX_SEGMENTS = 500_000;
/** Parts of one segment, preload hints or rendition reports. */
const MAX_TAGS_OF_A_KIND = 10_000;

type Draft = Mutable<Omit<MediaSegment, 'uri' | 'parts'>> & { parts: PartialSegment[] };

/** Everything read so far; `next` gathers the tags of the segment whose URI has not come yet. */
type State = {
  readonly playlist: Mutable<MediaPlaylist>;
  readonly segments: MediaSegment[];
  readonly preloadHints: PreloadHint[];
  readonly renditionReports: RenditionReport[];
  next: Partial<Draft>;
  /** Whether `next` has a tag of its own, and not only the map and key of the segment before. */
  isOpen: boolean;
};

/**
 * Reads a media playlist. Tags it does not know are passed over; of several EXT-X-KEY before one segment the last counts.
 * Takes at most 16 Mi characters and 500 000 segments. Throws MalformedError.
 */
export function parseMediaPlaylist(text: string): MediaPlaylist {
  const segments: MediaSegment[] = [];
  const playlist = { version: 1, targetDurationSeconds: -1, mediaSequence: 0, segments };
  const state: State = { playlist, segments, preloadHints: [], renditionReports: [], next: {}, isOpen: false };
  for (const line of playlistLines(text)) {
    if (!line.startsWith('#')) endSegment(state, line);
    else if (line.startsWith('#EXT')) readTag(state, line);
  }
  return finish(state);
}

function finish(state: State): MediaPlaylist {
  const { playlist, preloadHints, renditionReports } = state;
  if (playlist.targetDurationSeconds < 0) throw new MalformedError('BAD_VALUE', 'playlist', 'no EXT-X-TARGETDURATION');
  const { durationSeconds, title, isGap, byteRange, ...openSegment } = state.next;
  if (durationSeconds !== undefined) throw new MalformedError('BAD_VALUE', 'EXTINF', 'no URI follows');
  if (state.isOpen) playlist.openSegment = openSegment;
  if (preloadHints.length > 0) playlist.preloadHints = preloadHints;
  if (renditionReports.length > 0) playlist.renditionReports = renditionReports;
  return playlist;
}

function endSegment(state: State, uri: string): void {
  const { durationSeconds, map, key } = state.next;
  if (durationSeconds === undefined) throw new MalformedError('BAD_VALUE', 'URI', `"${clip(uri)}" has no EXTINF`);
  if (state.segments.length >= MAX_SEGMENTS) throw new MalformedError('TOO_MANY', 'playlist', 'too many segments');
  state.segments.push({ ...state.next, durationSeconds, uri });
  state.next = { ...(map && { map }), ...(key && { key }) };
  state.isOpen = false;
}

function readTag(state: State, line: string): void {
  const { tag, value } = splitTag(line);
  const readSegmentTag = SEGMENT_TAGS.get(tag);
  if (readSegmentTag) {
    state.isOpen = true;
    Object.assign(state.next, readSegmentTag(value, state));
  } else if (tag === 'EXT-X-PRELOAD-HINT') {
    pushBounded(state.preloadHints, parsePreloadHint(value));
  } else if (tag === 'EXT-X-RENDITION-REPORT') {
    pushBounded(state.renditionReports, parseRenditionReport(value));
  } else {
    Object.assign(state.playlist, PLAYLIST_TAGS.get(tag)?.(value));
  }
}

const PLAYLIST_TAGS = new Map<string, (value: string) => Partial<MediaPlaylist>>([
  ['EXT-X-VERSION', (value) => ({ version: parseInteger(value, 'EXT-X-VERSION') })],
  ['EXT-X-TARGETDURATION', (value) => ({ targetDurationSeconds: parseInteger(value, 'EXT-X-TARGETDURATION') })],
  ['EXT-X-MEDIA-SEQUENCE', (value) => ({ mediaSequence: parseInteger(value, 'EXT-X-MEDIA-SEQUENCE') })],
  [
    'EXT-X-DISCONTINUITY-SEQUENCE',
    (value) => ({ discontinuitySequence: parseInteger(value, 'EXT-X-DISCONTINUITY-SEQUENCE') }),
  ],
  ['EXT-X-PLAYLIST-TYPE', (value) => ({ playlistType: parsePlaylistType(value) })],
  ['EXT-X-INDEPENDENT-SEGMENTS', () => ({ hasIndependentSegments: true })],
  ['EXT-X-START', (value) => ({ start: parseStart(value) })],
  ['EXT-X-SERVER-CONTROL', (value) => ({ serverControl: parseServerControl(value) })],
  ['EXT-X-PART-INF', (value) => ({ partTargetSeconds: parsePartTarget(value) })],
  ['EXT-X-SKIP', (value) => ({ skippedSegments: parseSkippedSegments(value) })],
  ['EXT-X-ENDLIST', () => ({ isEnded: true })],
]);

const SEGMENT_TAGS = new Map<string, (value: string, state: State) => Partial<Draft>>([
  ['EXTINF', parseExtInf],
  ['EXT-X-BYTERANGE', (value, { segments }) => ({ byteRange: parseByteRange(value, segments.at(-1)?.byteRange) })],
  ['EXT-X-DISCONTINUITY', () => ({ isDiscontinuity: true })],
  ['EXT-X-GAP', () => ({ isGap: true })],
  ['EXT-X-PROGRAM-DATE-TIME', (value) => ({ programDateTimeMs: parseDate(value) })],
  ['EXT-X-MAP', (value) => ({ map: parseMap(value) })],
  ['EXT-X-KEY', (value) => ({ key: parseKey(value) })],
  ['EXT-X-PART', (value, { next }) => ({ parts: withPart(next.parts ?? [], value) })],
]);

function parsePlaylistType(value: string): 'EVENT' | 'VOD' {
  if (value === 'EVENT' || value === 'VOD') return value;
  throw new MalformedError('BAD_VALUE', 'EXT-X-PLAYLIST-TYPE', `"${clip(value)}" is neither EVENT nor VOD`);
}

function parsePartTarget(value: string): number {
  const list = new AttributeList(value, 'EXT-X-PART-INF');
  return list.required('PART-TARGET', list.decimal('PART-TARGET'));
}

function parseSkippedSegments(value: string): number {
  const list = new AttributeList(value, 'EXT-X-SKIP');
  return list.required('SKIPPED-SEGMENTS', list.integer('SKIPPED-SEGMENTS'));
}

function parseExtInf(value: string): Partial<Draft> {
  const comma = value.indexOf(',');
  const durationSeconds = parseDecimal(comma < 0 ? value : value.slice(0, comma), 'EXTINF');
  const title = comma < 0 ? '' : value.slice(comma + 1);
  return title === '' ? { durationSeconds } : { durationSeconds, title };
}

function withPart(parts: PartialSegment[], value: string): PartialSegment[] {
  pushBounded(parts, parsePart(value, parts.at(-1)));
  return parts;
}

function pushBounded<Item>(items: Item[], item: Item): void {
  if (items.length >= MAX_TAGS_OF_A_KIND) throw new MalformedError('TOO_MANY', 'playlist', 'parts, hints or reports');
  items.push(item);
}

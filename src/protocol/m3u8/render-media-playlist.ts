import { AttributeListWriter } from './attribute-list.ts';
import { formatSeconds } from './decimal.ts';
import type {
  ByteRange,
  MediaKey,
  MediaMap,
  MediaPlaylist,
  MediaPlaylistHead,
  MediaPlaylistTail,
  MediaSegment,
  OpenSegment,
  PartialSegment,
  PreloadHint,
  RenditionReport,
  ServerControl,
  StartPoint,
} from './media-playlist.ts';
import { uriLine } from './uri-line.ts';

const LINE_BREAK = /[\r\n]/;

/** Lines so far, and the map and key that the last segment printed left in force. */
type Page = { readonly lines: string[]; map: MediaMap | undefined; key: MediaKey | undefined };

/** Prints a media playlist; throws RangeError for a value that no tag can hold, such as a URI with a line break. */
export function renderMediaPlaylist(playlist: MediaPlaylist): string {
  const printer = new MediaPlaylistPrinter();
  const version = playlist.version ?? requiredVersion(playlist);
  return printer.head({ ...playlist, version }) + printer.segments(playlist.segments) + printer.tail(playlist);
}

/** Prints a media playlist piece by piece, each of whole lines, in their order. Throws as `renderMediaPlaylist` does. */
export class MediaPlaylistPrinter {
  readonly #page: Page = { lines: [], map: undefined, key: undefined };

  head(playlist: MediaPlaylistHead): string {
    this.#page.lines.push('#EXTM3U');
    renderHead(this.#page.lines, playlist);
    return this.#take();
  }

  segments(segments: Iterable<MediaSegment>): string {
    for (const segment of segments) renderSegment(this.#page, segment);
    return this.#take();
  }

  /** Goes on behind a segment that was printed elsewhere. */
  goOnBehind({ map = this.#page.map, key = this.#page.key }: OpenSegment): void {
    Object.assign(this.#page, { map, key });
  }

  tail({ openSegment, preloadHints = [], renditionReports = [], isEnded }: MediaPlaylistTail): string {
    const { lines } = this.#page;
    if (openSegment) renderOpenSegment(this.#page, openSegment);
    for (const hint of preloadHints) lines.push(preloadHintTag(hint));
    for (const report of renditionReports) lines.push(renditionReportTag(report));
    if (isEnded) lines.push('#EXT-X-ENDLIST');
    return this.#take();
  }

  #take(): string {
    const { lines } = this.#page;
    const whole = lines.length > 0 ? `${lines.join('\n')}\n` : '';
    lines.length = 0;
    return whole;
  }
}

function renderSegment(page: Page, segment: MediaSegment): void {
  renderOpenSegment(page, segment);
  if (segment.isGap) page.lines.push('#EXT-X-GAP');
  if (segment.byteRange) page.lines.push(`#EXT-X-BYTERANGE:${formatByteRange(segment.byteRange)}`);
  const title = segment.title ?? '';
  if (LINE_BREAK.test(title)) throw new RangeError('a title holds a line break');
  page.lines.push(`#EXTINF:${formatSeconds(segment.durationSeconds)},${title}`, uriLine(segment.uri));
}

function renderHead(lines: string[], playlist: MediaPlaylistHead): void {
  lines.push(`#EXT-X-VERSION:${integer(playlist.version)}`);
  lines.push(`#EXT-X-TARGETDURATION:${integer(playlist.targetDurationSeconds)}`);
  if (playlist.serverControl) lines.push(serverControlTag(playlist.serverControl));
  if (playlist.partTargetSeconds !== undefined) {
    lines.push(`#EXT-X-PART-INF:PART-TARGET=${formatSeconds(playlist.partTargetSeconds)}`);
  }
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${integer(playlist.mediaSequence)}`);
  if (playlist.discontinuitySequence !== undefined) {
    lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${integer(playlist.discontinuitySequence)}`);
  }
  if (playlist.playlistType) lines.push(`#EXT-X-PLAYLIST-TYPE:${playlist.playlistType}`);
  if (playlist.hasIndependentSegments) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  if (playlist.start) lines.push(startTag(playlist.start));
  if (playlist.skippedSegments !== undefined) {
    lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${integer(playlist.skippedSegments)}`);
  }
}

function renderOpenSegment(page: Page, segment: OpenSegment): void {
  const { lines } = page;
  if (segment.isDiscontinuity) lines.push('#EXT-X-DISCONTINUITY');
  renderKeyAndMap(page, segment);
  if (segment.programDateTimeMs !== undefined) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTimeMs).toISOString()}`);
  }
  for (const part of segment.parts ?? []) lines.push(partTag(part));
}

/** A map under a key must be encrypted too and the key have an IV (RFC 8216, 4.3.2.5); else it goes before the key. */
function renderKeyAndMap(page: Page, { key = page.key, map }: OpenSegment): void {
  const isNewMap = map !== undefined && !sameMap(map, page.map);
  const leavesMapOut = isNewMap && isCipherWithoutIv(key);
  if (!leavesMapOut) renderKey(page, key);
  else if (page.key) renderKey(page, { method: 'NONE' });
  if (isNewMap) {
    page.map = map;
    page.lines.push(mapTag(map));
  }
  renderKey(page, key);
}

function renderKey(page: Page, key: MediaKey | undefined): void {
  if (!key || sameKey(key, page.key)) return;
  page.key = key;
  page.lines.push(keyTag(key));
}

function isCipherWithoutIv(key: MediaKey | undefined): boolean {
  return key !== undefined && key.method !== 'NONE' && key.iv === undefined;
}

/** The lowest EXT-X-VERSION the playlist's tags ask for (RFC 8216bis, 8). */
function requiredVersion({ segments, openSegment, skippedSegments }: MediaPlaylist): number {
  if (skippedSegments !== undefined) return 9;
  const all: readonly (OpenSegment & { readonly byteRange?: ByteRange })[] = openSegment
    ? [...segments, openSegment]
    : segments;
  if (all.some((segment) => segment.map)) return 6;
  if (all.some((segment) => segment.key?.keyFormat !== undefined)) return 5;
  return all.some((segment) => segment.byteRange) ? 4 : 3;
}

function serverControlTag(control: ServerControl): string {
  const list = new AttributeListWriter()
    .plain('CAN-SKIP-UNTIL', seconds(control.canSkipUntilSeconds))
    .yes('CAN-SKIP-DATERANGES', control.canSkipDateRanges)
    .plain('HOLD-BACK', seconds(control.holdBackSeconds))
    .plain('PART-HOLD-BACK', seconds(control.partHoldBackSeconds))
    .yes('CAN-BLOCK-RELOAD', control.canBlockReload);
  return `#EXT-X-SERVER-CONTROL:${list}`;
}

function partTag(part: PartialSegment): string {
  const list = new AttributeListWriter()
    .plain('DURATION', formatSeconds(part.durationSeconds))
    .quoted('URI', part.uri)
    .quoted('BYTERANGE', part.byteRange && formatByteRange(part.byteRange))
    .yes('INDEPENDENT', part.isIndependent)
    .yes('GAP', part.isGap);
  return `#EXT-X-PART:${list}`;
}

function mapTag(map: MediaMap): string {
  const list = new AttributeListWriter()
    .quoted('URI', map.uri)
    .quoted('BYTERANGE', map.byteRange && formatByteRange(map.byteRange));
  return `#EXT-X-MAP:${list}`;
}

function keyTag(key: MediaKey): string {
  if (key.iv && key.iv.length !== 16) throw new RangeError(`an IV of ${key.iv.length} bytes, not 16`);
  const list = new AttributeListWriter()
    .plain('METHOD', key.method)
    .quoted('URI', key.uri)
    .hex('IV', key.iv)
    .quoted('KEYFORMAT', key.keyFormat)
    .quoted('KEYFORMATVERSIONS', key.keyFormatVersions);
  return `#EXT-X-KEY:${list}`;
}

function preloadHintTag(hint: PreloadHint): string {
  const list = new AttributeListWriter()
    .plain('TYPE', hint.type)
    .quoted('URI', hint.uri)
    .decimal('BYTERANGE-START', hint.byteRangeStart)
    .decimal('BYTERANGE-LENGTH', hint.byteRangeLength);
  return `#EXT-X-PRELOAD-HINT:${list}`;
}

/** Prints EXT-X-RENDITION-REPORT alone, for playlists that are rendered once and reported on more often. */
export function renditionReportTag(report: RenditionReport): string {
  const list = new AttributeListWriter()
    .quoted('URI', report.uri)
    .decimal('LAST-MSN', report.lastMsn)
    .decimal('LAST-PART', report.lastPart);
  return `#EXT-X-RENDITION-REPORT:${list}`;
}

function startTag(start: StartPoint): string {
  const list = new AttributeListWriter()
    .plain('TIME-OFFSET', formatSeconds(start.timeOffsetSeconds))
    .yes('PRECISE', start.isPrecise);
  return `#EXT-X-START:${list}`;
}

function formatByteRange(range: ByteRange): string {
  return `${integer(range.lengthBytes)}@${integer(range.offsetBytes)}`;
}

function seconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : formatSeconds(value);
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a non-negative safe integer`);
  return String(value);
}

function sameMap(a: MediaMap, b: MediaMap | undefined): boolean {
  if (a === b) return true;
  return a.uri === b?.uri && sameRange(a.byteRange, b.byteRange);
}

function sameRange(a: ByteRange | undefined, b: ByteRange | undefined): boolean {
  return a?.offsetBytes === b?.offsetBytes && a?.lengthBytes === b?.lengthBytes;
}

function sameKey(a: MediaKey, b: MediaKey | undefined): boolean {
  return a === b || (b !== undefined && keyTag(a) === keyTag(b));
}

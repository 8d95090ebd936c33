import type { Admission, PlayRequest } from '../../access/index.ts';
import { ArchiveError } from '../../archive/index.ts';
import type { StreamId } from '../../live/index.ts';
import { type HlsContainer, hasTsTrack, multivariantPlaylistOf } from '../../packager/index.ts';
import {
  type ArchivedStream,
  checkReach,
  type Opened,
  parseTimeShift,
  type ShiftedPlaylist,
  type ShiftedStream,
  shiftedPlaylistName,
  shiftedPlaylistOf,
  type TimeShift,
  TimeShiftError,
} from '../../timeshift/index.ts';
import type { Problem } from './exchange.ts';
import { hlsContainerFor } from './hls-container.ts';
import {
  type HlsFound,
  type HlsWanted,
  keyFound,
  mediaFound,
  NOT_IN_CONTAINER,
  NUMBERED,
  SHORTLY,
  TOKEN_PARAMETER,
} from './hls-ready.ts';
import type { Played } from './ladder-view.ts';
import { mediaPlaylistUri } from './media-playlist-uri.ts';
import { describePast, type PastVariant } from './past-variants.ts';
import { type PastView, pastViewOf } from './past-view.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { type PlaylistText, withQuery } from './playlist-text.ts';

export const NO_TIME_SHIFT: Problem = {
  status: 404,
  code: 'NO_TIME_SHIFT',
  reason: 'the past of this stream cannot be played',
  remedy: 'Set timeShift.enabled in a stream rule; for a rendition timeShift.renditions too.',
};
const NOT_ARCHIVED: Problem = {
  status: 404,
  code: 'NOT_ARCHIVED',
  reason: 'nothing of this stream was archived at that time',
  remedy: 'Ask /openapi/timeline/query for the times that there are.',
};
export const ARCHIVE_UNREADABLE: Problem = {
  status: 503,
  code: 'ARCHIVE_UNREADABLE',
  reason: 'the archive cannot be read at the moment',
  remedy: 'Try again; the log of the server says why.',
};
/** What is past doesn't change any more. */
const LONG = 'public, max-age=3600';
/** What was played so long ago is in the archive. */
const SETTLED_MS = 30_000;
/** Longer ones are sent piece by piece. */
const MOST_AT_ONCE = 1024;

/** What there is of the past: as of the present, or a playlist in pieces. */
export type PastFound =
  | HlsFound
  | { readonly kind: 'long'; readonly chunks: AsyncIterable<string>; readonly cacheControl: string };

/** What viewers can go back to: playlists of the past, and the media that they name. */
export class Past {
  readonly #door: PlaybackDoor;
  readonly #texts: PlaylistText;

  constructor(door: PlaybackDoor, texts: PlaylistText) {
    this.#door = door;
    this.#texts = texts;
  }

  /** What a query asks for; throws nothing, so that it can be asked before anybody is let in. */
  askedFor(asked: PlayRequest): TimeShift | Problem {
    const { days } = pastViewOf(this.#door, idOf(asked)).settings.timeShift;
    return orProblem(() => parseTimeShift(asked.query, { nowMs: this.#door.clock.wallMs(), days }));
  }

  /** The multivariant playlist for somebody who was let in. */
  async multivariant(
    asked: PlayRequest,
    wanted: Exclude<TimeShift, { kind: 'live' }>,
    admission: Admission,
  ): Promise<string | Problem> {
    const view = pastViewOf(this.#door, idOf(asked));
    const [lead] = view.variants;
    if (!view.settings.timeShift.enabled || !lead) return NO_TIME_SHIFT;
    return this.#reading(idOf(asked), async () => {
      const opened = await this.#door.past.playlists.open(lead.id, wanted);
      const variants = opened ? await this.#archivedAt(view, opened.startMs) : [];
      return opened && variants.length > 0 ? this.#list(asked, view, { opened, variants }, admission) : NOT_ARCHIVED;
    });
  }

  /** What is played under a folder of a session's path, though it may not be live. */
  played(id: StreamId, template: string): Played | undefined {
    const { owner, variants } = pastViewOf(this.#door, id);
    const found = variants.find(({ folder }) => folder === (template === '' ? '' : `${template}/`));
    return found && { id: found.id, owner, siblings: [] };
  }

  async playlist(playlist: ShiftedPlaylist, played: Played, wanted: HlsWanted): Promise<PastFound> {
    const stream = this.#streamFor(playlist, played, wanted.file);
    if ('status' in stream) return { kind: 'problem', problem: stream };
    const found = await this.#reading(played.id, async () => {
      if (playlist.kind === 'vod') return this.#long(stream, playlist, wanted);
      const body = await this.#door.past.playlists.sliding(stream, playlist);
      return body ? this.#text(body, SHORTLY, wanted) : NOT_ARCHIVED;
    });
    return 'status' in found ? { kind: 'problem', problem: found } : found;
  }

  /** What can be said without reading the archive: the next of a lagging playlist, a segment asked for a moment ago. */
  now(played: Played, wanted: HlsWanted): HlsFound | undefined {
    const playlist = shiftedPlaylistOf(wanted.file);
    if (!playlist) return this.#peek(played, wanted.file);
    const stream = playlist.kind === 'vod' ? NOT_ARCHIVED : this.#streamFor(playlist, played, wanted.file);
    if ('status' in stream || playlist.kind === 'vod') return undefined;
    const body = this.#door.past.playlists.slidingNow(stream, playlist);
    return body && this.#text(body, SHORTLY, wanted);
  }

  /** How its playlists are made, or why none is. */
  #streamFor(playlist: ShiftedPlaylist, played: Played, file: string): ShiftedStream | Problem {
    const archived = this.#archived(played);
    if (!archived) return NO_TIME_SHIFT;
    const { hls } = pastViewOf(this.#door, played.owner).settings;
    const nowMs = this.#door.clock.wallMs();
    const atMs = playlist.kind === 'vod' ? playlist.startMs : nowMs - playlist.lagMs;
    const refused = orProblem(() => checkReach(file, atMs, { nowMs, days: archived.days }));
    if (refused) return refused;
    const encryption = this.#door.past.media.encryptionOf(archived);
    return {
      id: played.id,
      windowSegments: hls.windowSegments,
      segmentMs: hls.segmentSeconds * 1000,
      keyName: encryption?.keyNameOf.bind(encryption),
    };
  }

  /** A segment, init segment or key; undefined where the archive has none of that name. */
  async media(played: Played, file: string): Promise<HlsFound | undefined> {
    const stream = this.#archived(played);
    if (!stream) return undefined;
    const found = await this.#reading(played.id, async () => this.#find(stream, file));
    return found && ('status' in found ? { kind: 'problem', problem: found } : found);
  }

  /** The same of a segment; undefined where the file is none. */
  segment(played: Played, file: string): Promise<HlsFound | undefined> | undefined {
    return segmentOf(file) && this.media(played, file);
  }

  #peek(played: Played, file: string): HlsFound | undefined {
    const place = segmentOf(file);
    if (!place) return undefined;
    const stream = this.#archived(played);
    return stream && found(file, this.#door.past.media.peek(stream, place.number, place.container));
  }

  async #archivedAt({ variants }: PastView, startMs: number): Promise<PastVariant[]> {
    const { playlists } = this.#door.past;
    const sampled = variants.map(async (variant) => ({ variant, sample: await playlists.sample(variant.id, startMs) }));
    return (await Promise.all(sampled)).filter(({ sample }) => sample.length > 0);
  }

  #list(
    asked: PlayRequest,
    view: PastView,
    { opened, variants }: { readonly opened: Opened; readonly variants: readonly PastVariant[] },
    { uid, signature }: Admission,
  ): string | Problem {
    const { query, userAgent } = asked;
    const tracks = variants[0]?.sample.at(-1)?.slice.tracks ?? {};
    const container = hlsContainerFor({ query, userAgent, tracks, ruled: view.settings.hls.container });
    if (container === 'ts' && !hasTsTrack(tracks)) return NOT_IN_CONTAINER;
    const session = { sessionId: this.#door.newId(), keyName: signature?.keyName };
    const { token } = this.#door.access.issueSession(asked, uid === undefined ? session : { ...session, uid });
    const file = shiftedPlaylistName({ ...opened.playlist, container });
    const uriOf = ({ folder }: { readonly folder: string }) => mediaPlaylistUri(asked, token, `${folder}${file}`);
    return multivariantPlaylistOf(describePast(view, variants, container, uriOf));
  }

  async #long(
    stream: ShiftedStream,
    playlist: Extract<ShiftedPlaylist, { kind: 'vod' }>,
    wanted: HlsWanted,
  ): Promise<PastFound | Problem> {
    const long = await this.#door.past.playlists.long(stream, playlist);
    if (!long) return NOT_ARCHIVED;
    const cacheControl = playlist.endMs < this.#door.clock.wallMs() - SETTLED_MS ? LONG : SHORTLY;
    if (long.count <= MOST_AT_ONCE) {
      return this.#text(new TextEncoder().encode(await wholeOf(long.chunks)), cacheControl, wanted);
    }
    return { kind: 'long', chunks: withToken(long.chunks, wanted.carriedToken), cacheControl };
  }

  #text(text: Uint8Array, cacheControl: string, { carriedToken, takesGzip }: HlsWanted): HlsFound {
    const isShared = carriedToken === undefined;
    const body = isShared ? text : withQuery(text, `${TOKEN_PARAMETER}=${carriedToken}`);
    return { kind: 'playlist', bytes: this.#texts.answer({ body, cacheControl, isShared, takesGzip }) };
  }

  async #find(stream: ArchivedStream, file: string): Promise<HlsFound | undefined> {
    const { media } = this.#door.past;
    const place = segmentOf(file);
    if (place) return this.#findSegment(stream, file, place);
    if (file.startsWith('init-')) return found(file, await media.init(stream, file));
    const key = file.endsWith('.key') ? await media.key(stream, file) : undefined;
    return key && keyFound(key);
  }

  async #findSegment(stream: ArchivedStream, file: string, place: SegmentPlace): Promise<HlsFound | undefined> {
    const { media } = this.#door.past;
    const lent = await media.lend(stream, place.number, place.container);
    if (!lent) return found(file, await media.segment(stream, place.number, place.container));
    const sent = mediaFound(file, lent.bytes);
    return sent.kind === 'media' ? { ...sent, release: lent.release } : sent;
  }

  /** Undefined where the rules let nobody go back in it. */
  #archived({ id, owner: asked }: Played): ArchivedStream | undefined {
    const { owner, settings } = pastViewOf(this.#door, asked);
    const { enabled, renditions, days } = settings.timeShift;
    if (!enabled || (id.name !== owner.name && !renditions)) return undefined;
    return { id, days, encryption: this.#door.past.encryptionOf(owner) };
  }

  /** A segment that is gone or damaged is as if it had not been; a disk that fails is said so. */
  async #reading<Found>(id: StreamId, read: () => Promise<Found>): Promise<Found | Problem> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ArchiveError && error.code === 'SEGMENT_GONE') return NOT_ARCHIVED;
      this.#door.log.error({ error, ...id }, 'archive could not be read');
      return error instanceof ArchiveError && error.code === 'SEGMENT_DAMAGED' ? NOT_ARCHIVED : ARCHIVE_UNREADABLE;
    }
  }
}

function found(file: string, bytes: Uint8Array | undefined): HlsFound | undefined {
  return bytes && mediaFound(file, bytes);
}

type SegmentPlace = { readonly number: number; readonly container: HlsContainer };

function segmentOf(file: string): SegmentPlace | undefined {
  const [matched, number, part, extension] = NUMBERED.exec(file) ?? [];
  if (matched === undefined || part !== undefined) return undefined;
  return { number: Number(number), container: extension === 'ts' ? 'ts' : 'fmp4' };
}

async function wholeOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

async function* withToken(chunks: AsyncIterable<string>, token: string | undefined): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    if (token === undefined) yield chunk;
    else yield Buffer.from(withQuery(Buffer.from(chunk), `${TOKEN_PARAMETER}=${token}`)).toString();
  }
}

/** What the parser gives, or what it says is wrong, as an answer. */
function orProblem<Parsed>(parse: () => Parsed): Parsed | Problem {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TimeShiftError)) throw error;
    const { code, message, remedy } = error;
    return { status: 400, code, reason: message, remedy };
  }
}

function idOf({ domain, app, stream }: PlayRequest): StreamId {
  return { domain: domain.name, app, name: stream };
}

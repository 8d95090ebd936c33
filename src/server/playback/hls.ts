import type { PlayedTraffic, PlayRequest } from '../../access/index.ts';
import type { StreamId, TrackSet } from '../../live/index.ts';
import { type HlsContainer, type HlsPackager, hasNoCaptions, multivariantPlaylistOf } from '../../packager/index.ts';
import { asksForTimeShift, shiftedPlaylistOf, type TimeShift } from '../../timeshift/index.ts';
import type { SentBytes } from '../../usage/index.ts';
import { type Admitted, admit, giveBackAfterHead, heldBack, NOT_LIVE, problemOf, shutTo } from './admission.ts';
import { abortOf, answer, answerBytes, answerProblem, type Bytes, releaseWhenSent } from './answer.ts';
import { answerLong } from './answer-long.ts';
import { countBytesAs } from './counted-answers.ts';
import { answerFromElsewhere, isMaybeElsewhere, onBytesFromElsewhere } from './elsewhere.ts';
import type { Problem, Request, Response } from './exchange.ts';
import { grantHls } from './granted-hls.ts';
import { HeldRequests } from './held-requests.ts';
import { hlsContainerFor } from './hls-container.ts';
import {
  findHls,
  type HlsComing,
  type HlsFound,
  type HlsWanted,
  isPlaylist,
  NOT_THERE,
  TOKEN_PARAMETER,
} from './hls-ready.ts';
import { HlsSessions, type KnownBy } from './hls-sessions.ts';
import { hasAny, ladderViewOf, type Played, playedOf, reportsOf } from './ladder-view.ts';
import { mediaPlaylistUri } from './media-playlist-uri.ts';
import { Past, type PastFound } from './past.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { acceptsGzip, PlaylistText } from './playlist-text.ts';
import { awaitPart, awaitSegment } from './playlist-wait.ts';
import { describeVariants } from './variants.ts';
import type { HlsReport, ReportedGrant } from './worker-messages.ts';

const RENDITION_AWAY: Problem = {
  status: 503,
  code: 'RENDITION_AWAY',
  reason: 'this rendition is not made at the moment',
  remedy: 'Play another one; the API says why under transcoding.',
};
const LIVE: TimeShift = { kind: 'live' };
const BUSY: Problem = { status: 503, code: 'BUSY', reason: 'too many requests are waiting' };

type HlsTarget = {
  readonly app: string;
  readonly stream: string;
  /** Empty where the token is in the query. */
  readonly token: string;
  /** Empty for the stream itself. */
  readonly template: string;
  readonly file: string;
};

/** What is asked of the past. */
type PastAsked = Exclude<TimeShift, { readonly kind: 'live' }>;

/** An answer; `release` when it is sent. */
type LentBytes = { readonly bytes: Bytes; readonly release: () => void };

/** One request and its answer, as the methods below pass them on. */
type Exchange = { readonly request: Request; readonly response: Response };
/** `from`: what its media are of; `traffic` counts what the viewer gets of it. */
type MediaExchange = Exchange & {
  readonly from: Played;
  readonly isSecure: boolean;
  readonly traffic: PlayedTraffic | undefined;
};

/** Answers everything of HLS: multivariant and media playlists, init segments, parts and segments. */
export class Hls {
  readonly #door: PlaybackDoor;
  readonly #sessions: HlsSessions;
  readonly #texts = new PlaylistText();
  readonly #held: HeldRequests;
  readonly #past: Past;

  constructor(door: PlaybackDoor) {
    this.#door = door;
    this.#past = new Past(door, this.#texts);
    this.#held = new HeldRequests(door.limits.blockingRequests);
    this.#sessions = new HlsSessions({
      clock: door.clock,
      sessions: door.sessions,
      rules: door.rules,
      verify: (request, token) => door.access.playSession(request, token),
      onShutOut: (token) => door.workers?.shutOut(token),
    });
    door.workers?.hearHls((about, report) => this.#servedByWorker(about, report));
  }

  close(): void {
    this.#sessions.close();
  }

  /** Whether the token's session was ended by the server. */
  isShutOut(token: string): boolean {
    return this.#sessions.isShutOut(token);
  }

  /** `/{app}/{stream}.m3u8`: opens a session and names the media playlists that carry it. */
  answerMultivariant(asked: PlayRequest, request: Request, response: Response): Promise<void> {
    const wanted = asksForTimeShift(asked.query) ? this.#past.askedFor(asked) : LIVE;
    if ('kind' in wanted && wanted.kind === 'live') return this.#answerLive(asked, request, response);
    return this.#answerPast(asked, wanted, { request, response });
  }

  async #answerPast(asked: PlayRequest, wanted: PastAsked | Problem, { request, response }: Exchange): Promise<void> {
    const askedMs = this.#door.clock.nowMs();
    const verdict = await this.#door.access.play(asked);
    if (!verdict.allowed) {
      this.#refuse(problemOf(verdict), asked, request, response);
      return;
    }
    const shut = 'status' in wanted ? wanted : await shutTo(this.#door, asked, verdict);
    const text = shut ?? (await this.#past.multivariant(asked, wanted as PastAsked, verdict));
    if (typeof text !== 'string') {
      // Another node opens the session then, and takes it that the signature was used up here.
      const isElsewhere = isMaybeElsewhere(response, text) && (await answerFromElsewhere(request, response));
      if (isElsewhere && response.statusCode < 400) return giveBackAfterHead(this.#door, request, verdict);
      await this.#door.access.release(verdict);
      if (!isElsewhere) this.#refuse(text, asked, request, response);
      return;
    }
    await giveBackAfterHead(this.#door, request, verdict);
    this.#admit(text, askedMs, { request, response, of: idOf(asked) });
  }

  async #answerLive(asked: PlayRequest, request: Request, response: Response): Promise<void> {
    const askedMs = this.#door.clock.nowMs();
    const abort = abortOf(response);
    const view = ladderViewOf(this.#door, idOf(asked));
    const admitted = await admit(this.#door, asked, abort, view.owner);
    if ('status' in admitted) {
      this.#refuse(admitted, asked, request, response);
      return;
    }
    const shut = await shutTo(this.#door, asked, admitted.admission);
    if (shut) {
      await this.#door.access.release(admitted.admission);
      this.#refuse(shut, asked, request, response);
      return;
    }
    const packager = this.#door.packagers.find(admitted.stream.id);
    const hasSegment =
      packager && (await this.#held.hold(() => awaitSegment(packager.window, this.#door.clock, abort)));
    if (abort.aborted || hasSegment !== true || packager?.window.isClosed) {
      await this.#door.access.release(admitted.admission);
      this.#refuse(hasSegment === 'full' ? BUSY : NOT_LIVE, asked, request, response);
      return;
    }
    if (!hasAny(ladderViewOf(this.#door, idOf(asked)))) {
      await this.#door.access.release(admitted.admission);
      this.#refuse(RENDITION_AWAY, asked, request, response);
      return;
    }
    await packager.ready();
    await giveBackAfterHead(this.#door, request, admitted.admission);
    const of = admitted.stream.id;
    this.#admit(this.#multivariant(asked, admitted, packager), askedMs, { request, response, of });
  }

  #admit(multivariant: string, askedMs: number, { request, response, of }: Exchange & { of: StreamId }): void {
    this.#door.onAnswered('hls', 'accepted', of.domain);
    const body = new TextEncoder().encode(multivariant);
    const takesGzip = acceptsGzip(request.headers['accept-encoding']);
    answer(request, response, this.#texts.answer({ body, cacheControl: 'no-store', isShared: false, takesGzip }));
    this.#door.onJoined('hls', (this.#door.clock.nowMs() - askedMs) / 1000, of);
  }

  #multivariant(asked: PlayRequest, { stream, admission }: Admitted, packager: HlsPackager): string {
    const { uid, signature } = admission;
    const { token } = this.#door.access.issueSession(asked, {
      sessionId: asked.sessionId ?? this.#door.newId(),
      keyName: signature?.keyName,
      ...(uid === undefined ? {} : { uid }),
    });
    const newest = packager.window.listed().at(-1);
    const tracks = newest?.tracks ?? stream.tracks;
    const container = this.#containerOf((stream.parent ?? stream).id, asked, tracks);
    const variants = describeVariants({
      view: ladderViewOf(this.#door, idOf(asked)),
      container,
      hasNoCaptions: newest !== undefined && hasNoCaptions(newest),
      packagerOf: ({ id }) => (id.name === stream.id.name ? packager : this.#door.packagers.peek(id)),
      uriOf: ({ folder }) => mediaPlaylistUri(asked, token, `${folder}${container === 'ts' ? 'ts' : 'live'}.m3u8`),
    });
    return multivariantPlaylistOf(variants);
  }

  /** Everything under the session's path. */
  async answerFile(target: HlsTarget, asked: PlayRequest, request: Request, response: Response): Promise<void> {
    const isTokenInQuery = target.token === '';
    const token = isTokenInQuery ? tokenIn(asked.query) : target.token;
    const id = idOf(asked);
    const played = (await this.#played(id, target.template, response)) ?? this.#past.played(id, target.template);
    if (!played) {
      this.#refuse(NOT_LIVE, asked, request, response);
      return;
    }
    const room = this.#sessions.room(asked, token, played);
    if (room) await room;
    const verdict = this.#sessions.enter(asked, token, played);
    if (!verdict.allowed) {
      this.#refuse(problemOf(verdict), asked, request, response);
      return;
    }
    const wanted: HlsWanted = {
      file: target.file,
      query: asked.query,
      carriedToken: isTokenInQuery ? token : undefined,
      takesGzip: acceptsGzip(request.headers['accept-encoding']),
      reports: this.#reportsFor(played),
    };
    grantHls(this.#door, this.#sessions.opened(asked, token), { asked, token, played }, { request, response });
    const traffic = this.#sessions.trafficOf(asked, token, played);
    const exchange = { request, response, from: played, isSecure: asked.isSecure === true, traffic };
    countBytesAs(response, this.#sent(exchange, 'hls'));
    const shifted = shiftedPlaylistOf(target.file);
    if (!shifted && !isPlaylist(target.file)) {
      onBytesFromElsewhere(response, (bytes) => this.#mediaSent(bytes, exchange));
    }
    if (shifted) countBytesAs(response, this.#sent(exchange, 'time-shift'));
    if (shifted) await this.#send(await this.#past.playlist(shifted, played, wanted), exchange);
    else await this.#answerPresent(played, wanted, exchange);
  }

  /** What is live or was until now; segments that are no longer in memory come from the archive. */
  async #answerPresent(played: Played, wanted: HlsWanted, exchange: MediaExchange): Promise<void> {
    const packager =
      this.#door.packagers.find(played.id) ?? (await this.#started(played.id, wanted.file, exchange.response));
    const found =
      'status' in packager ? ({ kind: 'problem', problem: packager } as const) : await this.#found(packager, wanted);
    if (found.kind === 'coming' && !('status' in packager)) {
      await this.#answerLater(packager, wanted, found.coming, exchange);
    } else if (found.kind === 'problem' && !isPlaylist(wanted.file)) {
      const archived = await this.#past.media(played, wanted.file);
      if (archived) countBytesAs(exchange.response, this.#sent(exchange, 'time-shift'));
      await this.#send(archived ?? found, exchange);
    } else {
      await this.#send(found, exchange);
    }
  }

  async #found(packager: HlsPackager, wanted: HlsWanted): Promise<HlsFound> {
    if (isPlaylist(wanted.file)) await packager.ready();
    return findHls(packager, wanted, this.#texts);
  }

  /**
   * The answer to a viewer who was let in before and asks for a file that is there, or that the archive may have;
   * undefined where that isn't so.
   */
  answerNow(
    by: KnownBy & { readonly isSecure: boolean },
    wanted: HlsWanted,
  ): Bytes | Promise<LentBytes | undefined> | undefined {
    const watched = this.#sessions.known(by);
    if (!watched) return undefined;
    const from = watched.played;
    const to = { from, isSecure: by.isSecure, traffic: watched.traffic };
    const present = this.#foundNow(from, wanted);
    if (present) return this.#counted(present, to, 'hls')?.bytes;
    const past = this.#past.now(from, wanted);
    if (past) return this.#counted(past, to, 'time-shift')?.bytes;
    const archived = this.#past.segment(from, wanted.file);
    return archived?.then((found) => found && this.#counted(found, to, 'time-shift'));
  }

  #counted(found: HlsFound, to: Omit<MediaExchange, keyof Exchange>, by: 'hls' | 'time-shift'): LentBytes | undefined {
    const { id } = to.from;
    if (found.kind === 'media') this.#mediaSent(found.bytes.body.length, to);
    if (!('bytes' in found)) return undefined;
    this.#sent(to, by).bytes += found.bytes.body.length;
    this.#door.usage.answered(id, 'hls', 200);
    return { bytes: found.bytes, release: found.release ?? (() => {}) };
  }

  #mediaSent(
    sizeBytes: number,
    { from, traffic }: { readonly from: Pick<Played, 'id'>; readonly traffic: PlayedTraffic | undefined },
  ): void {
    this.#door.onHlsBytes(sizeBytes, from.id);
    if (traffic) traffic.bytes += sizeBytes;
  }

  #sent({ from, isSecure }: Pick<MediaExchange, 'from' | 'isSecure'>, by: 'hls' | 'time-shift'): SentBytes {
    return this.#door.usage.sent(from.id, by, isSecure, from.owner);
  }

  /** Undefined where it may be in the past. */
  #foundNow(played: Played, wanted: HlsWanted): HlsFound | undefined {
    const packager = this.#door.packagers.find(played.id);
    const isPlaylistFile = isPlaylist(wanted.file);
    if (!packager || (isPlaylistFile && !packager.isReady)) return undefined;
    const reports = this.#reportsFor(played);
    const found = findHls(packager, reports ? { ...wanted, reports } : wanted, this.#texts);
    return found.kind === 'problem' && !isPlaylistFile ? undefined : found;
  }

  /** The renditions of a stream of elsewhere are known once it is copied. */
  async #played(id: StreamId, template: string, response: Response): Promise<Played | undefined> {
    const known = playedOf(ladderViewOf(this.#door, id), template);
    if (known || this.#door.registry.find(id)) return known;
    await this.#door.registry.whenLive(id, 0, abortOf(response));
    return playedOf(ladderViewOf(this.#door, id), template) ?? this.#endedWith(id, template);
  }

  /** A rendition that ended with its stream: its playlists say so for as long as those of the stream do. */
  #endedWith(owner: StreamId, template: string): Played | undefined {
    const id = { ...owner, name: `${owner.name}_${template}` };
    return this.#door.packagers.peek(id) && { id, owner, siblings: [] };
  }

  /**
   * A rendition that nobody watched begins again with the first who asks for its playlist; a stream of elsewhere is
   * fetched for whoever was let in to it there.
   */
  async #started(id: StreamId, file: string, response: Response): Promise<HlsPackager | Problem> {
    const { registry, packagers } = this.#door;
    const isRendition = registry.isRendition(id);
    if (isRendition && !isPlaylist(file)) return NOT_THERE;
    const stream = await registry.whenLive(id, 0, abortOf(response));
    const found = (stream && packagers.find(id)) ?? heldBack(this.#door, id);
    return found ?? (isRendition ? RENDITION_AWAY : NOT_LIVE);
  }

  /** What a playback worker gave to a viewer of a session; packaging goes on here, for those who come to others. */
  #servedByWorker({ key, id, owner, isSecure }: ReportedGrant, { bytes, mediaBytes, answers }: HlsReport): void {
    this.#door.packagers.find(id);
    const traffic = this.#sessions.served(key, id);
    this.#mediaSent(mediaBytes, { from: { id }, traffic });
    this.#door.usage.sent(id, 'hls', isSecure, owner).bytes += bytes;
    for (const [status, count] of Object.entries(answers)) {
      for (let i = 0; i < count; i++) this.#door.usage.answered(id, 'hls', Number(status));
    }
  }

  #reportsFor(played: Played): HlsWanted['reports'] {
    return played.siblings.length === 0 ? undefined : () => reportsOf(this.#door.packagers, played);
  }

  #refuse(problem: Problem, asked: PlayRequest, request: Request, response: Response): void {
    this.#door.onAnswered('hls', problem.code, asked.domain.name);
    answerProblem(request, response, problem);
  }

  #containerOf(id: StreamId, { query, userAgent }: PlayRequest, tracks: TrackSet): HlsContainer {
    const ruled = this.#door.rules().settingsFor(id.domain, id.app, id.name).hls.container;
    return hlsContainerFor({ query, userAgent, tracks, ruled });
  }

  /** Waits for what the viewer asks for. */
  async #answerLater(
    packager: HlsPackager,
    wanted: HlsWanted,
    coming: HlsComing,
    exchange: MediaExchange,
  ): Promise<void> {
    const { window } = packager;
    const abort = abortOf(exchange.response);
    const { segment, part, otherwise } = coming;
    const { clock } = this.#door;
    const held = await this.#held.hold(() =>
      segment === undefined ? awaitSegment(window, clock, abort) : awaitPart(window, segment, part, clock, abort),
    );
    if (abort.aborted) return;
    const found = held === true ? findHls(packager, wanted, this.#texts) : undefined;
    if (found && found.kind !== 'coming') await this.#send(found, exchange);
    else await this.#send({ kind: 'problem', problem: held === 'full' ? BUSY : otherwise }, exchange);
  }

  async #send(found: PastFound, { request, response, from, traffic }: MediaExchange): Promise<void> {
    if (found.kind === 'coming') answerProblem(request, response, found.coming.otherwise);
    else if (found.kind === 'problem') answerProblem(request, response, found.problem);
    else if (found.kind === 'playlist') answer(request, response, found.bytes);
    else if (found.kind === 'long')
      await answerLong(request, response, found, acceptsGzip(request.headers['accept-encoding']));
    else {
      if (found.release) releaseWhenSent(response, found.release);
      this.#mediaSent(answerBytes(request, response, found.bytes), { from, traffic });
    }
  }
}

function idOf({ domain, app, stream }: PlayRequest): StreamId {
  return { domain: domain.name, app, name: stream };
}

function tokenIn(query: string): string {
  return new URLSearchParams(query).get(TOKEN_PARAMETER) ?? '';
}

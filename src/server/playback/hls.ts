import type { PlayRequest } from '../../access/index.ts';
import type { StreamId, TrackSet } from '../../live/index.ts';
import { type HlsContainer, type HlsPackager, multivariantPlaylistOf } from '../../packager/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { type DeliveryDirectives, parseDeliveryDirectives } from '../../protocol/m3u8/index.ts';
import { admit, giveBackAfterHead, NOT_LIVE, problemOf } from './admission.ts';
import { abortOf, answerBytes, answerProblem, type Problem, type Request, type Response } from './answer.ts';
import { HeldRequests } from './held-requests.ts';
import { hlsContainerFor } from './hls-container.ts';
import { HlsSessions } from './hls-sessions.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { PlaylistText, withQuery } from './playlist-text.ts';
import { awaitPart, awaitSegment } from './playlist-wait.ts';

/** Numbers are never used again, so what has one never changes. */
const FOR_EVER = 'public, max-age=86400, immutable';
/** A playlist that was waited for stays good for those who ask the same (RFC 8216bis, B.1): six target durations. */
const BLOCKING_TARGET_DURATIONS = 6;
/** One without directives is new at every part. */
const SHORTLY = 'public, max-age=1';
const TOKEN_PARAMETER = 'hw_token';

const NOT_THERE: Problem = {
  status: 404,
  code: 'NOT_IN_WINDOW',
  reason: 'not in the window of the stream',
  remedy: 'Reload the playlist: the player is too far behind or too far ahead.',
};
const NOT_IN_CONTAINER: Problem = {
  status: 406,
  code: 'NOT_IN_CONTAINER',
  reason: 'MPEG-TS carries none of the codecs of the stream',
  remedy: 'Ask for container=fmp4.',
};
const BUSY: Problem = { status: 503, code: 'BUSY', reason: 'too many requests are waiting' };
const STALLED: Problem = { status: 503, code: 'STALLED', reason: 'the stream does not go on at the moment' };

type HlsTarget = {
  readonly app: string;
  readonly stream: string;
  /** Empty where the token is in the query. */
  readonly token: string;
  readonly file: string;
};

/** One request and its answer, as the methods below pass them on. */
type Exchange = { readonly asked: PlayRequest; readonly request: Request; readonly response: Response };

/** Answers everything of HLS: multivariant and media playlists, init segments, parts and segments. */
export class Hls {
  readonly #door: PlaybackDoor;
  readonly #sessions: HlsSessions;
  readonly #texts = new PlaylistText();
  readonly #held: HeldRequests;

  constructor(door: PlaybackDoor) {
    this.#door = door;
    this.#held = new HeldRequests(door.limits.blockingRequests);
    this.#sessions = new HlsSessions({
      clock: door.clock,
      sessions: door.sessions,
      rules: door.rules,
      verify: (request, token) => door.access.playSession(request, token),
    });
  }

  close(): void {
    this.#sessions.close();
  }

  /** `/{app}/{stream}.m3u8`: opens a session and names the media playlist that carries it. */
  async answerMultivariant(asked: PlayRequest, request: Request, response: Response): Promise<void> {
    const askedMs = this.#door.clock.nowMs();
    const abort = abortOf(response);
    const admitted = await admit(this.#door, asked, abort);
    if ('status' in admitted) {
      this.#refuse(admitted, request, response);
      return;
    }
    const packager = this.#door.packagers.find(admitted.stream.id);
    const hasSegment =
      packager && (await this.#held.hold(() => awaitSegment(packager.window, this.#door.clock, abort)));
    if (abort.aborted || hasSegment !== true) {
      this.#door.access.release(admitted.admission);
      this.#refuse(hasSegment === 'full' ? BUSY : NOT_LIVE, request, response);
      return;
    }
    this.#door.onAnswered('hls', 'accepted');
    giveBackAfterHead(this.#door, request, admitted.admission);
    const { uid, signature } = admitted.admission;
    const { token } = this.#door.access.issueSession(asked, {
      sessionId: this.#door.newId(),
      keyName: signature?.keyName,
      ...(uid === undefined ? {} : { uid }),
    });
    const { peak, average } = packager.window.bitrate();
    const tracks = packager.window.listed().at(-1)?.tracks ?? admitted.stream.tracks;
    const text = multivariantPlaylistOf([
      {
        uri: mediaPlaylistUri(asked, token, this.#containerOf(admitted.stream.id, asked, tracks)),
        tracks,
        peakBitrate: peak,
        averageBitrate: average,
      },
    ]);
    const body = new TextEncoder().encode(text);
    this.#texts.answer(request, response, { body, cacheControl: 'no-store', isShared: false });
    this.#door.onJoined('hls', (this.#door.clock.nowMs() - askedMs) / 1000);
  }

  /** Everything under the session's path. */
  async answerFile(target: HlsTarget, asked: PlayRequest, request: Request, response: Response): Promise<void> {
    const isTokenInQuery = target.token === '';
    const token = isTokenInQuery ? tokenIn(asked.query) : target.token;
    const verdict = this.#sessions.enter(asked, token);
    if (!verdict.allowed) {
      this.#refuse(problemOf(verdict), request, response);
      return;
    }
    const id = { domain: asked.domain.name, app: target.app, name: target.stream };
    const packager = this.#door.packagers.find(id);
    if (!packager) {
      answerProblem(request, response, NOT_LIVE);
      return;
    }
    const exchange = { asked, request, response };
    const playlist = /^(live|ts)\.m3u8$/.exec(target.file);
    if (!playlist) {
      await this.#answerMedia(packager, target.file, exchange);
      return;
    }
    const container = playlist[1] === 'ts' ? 'ts' : 'fmp4';
    await this.#answerPlaylist(packager, container, isTokenInQuery ? token : undefined, exchange);
  }

  #refuse(problem: Problem, request: Request, response: Response): void {
    this.#door.onAnswered('hls', problem.code);
    answerProblem(request, response, problem);
  }

  #containerOf(id: StreamId, { query, userAgent }: PlayRequest, tracks: TrackSet): HlsContainer {
    const ruled = this.#door.rules().settingsFor(id.domain, id.app, id.name).hls.container;
    return hlsContainerFor({ query, userAgent, tracks, ruled });
  }

  async #answerPlaylist(
    packager: HlsPackager,
    container: HlsContainer,
    carriedToken: string | undefined,
    { asked, request, response }: Exchange,
  ): Promise<void> {
    const abort = abortOf(response);
    const directives = readDirectives(asked.query);
    const problem = 'status' in directives ? directives : await this.#wait(packager, directives, abort);
    if (abort.aborted) return;
    if (problem) {
      answerProblem(request, response, problem);
      return;
    }
    const { skip, mediaSequence } = directives as DeliveryDirectives;
    const text = packager.playlist(container, skip !== undefined);
    if (!text) {
      answerProblem(request, response, NOT_IN_CONTAINER);
      return;
    }
    const isShared = carriedToken === undefined;
    const body = isShared ? text : withQuery(text, `${TOKEN_PARAMETER}=${carriedToken}`);
    const cacheControl = mediaSequence === undefined ? SHORTLY : whileListed(packager);
    this.#texts.answer(request, response, { body, cacheControl, isShared });
  }

  /** Waits for what the directives ask for; gives the reason why it does not come. */
  async #wait(
    { window }: HlsPackager,
    { mediaSequence, part }: DeliveryDirectives,
    abort: AbortSignal,
  ): Promise<Problem | undefined> {
    if (mediaSequence === undefined) {
      if (window.listed().length > 0) return undefined;
      return problemOfWait(await this.#held.hold(() => awaitSegment(window, this.#door.clock, abort)), NOT_LIVE);
    }
    if (window.isEnded || window.has(mediaSequence, part)) return undefined;
    const newest = window.nextPart()?.segment ?? (window.segments.at(-1)?.number ?? 0) + 1;
    if (mediaSequence > newest + 1) {
      const reason = `_HLS_msn is more than one segment ahead of ${newest}`;
      return { status: 400, code: 'TOO_FAR_AHEAD', reason };
    }
    const held = await this.#held.hold(() => awaitPart(window, mediaSequence, part, this.#door.clock, abort));
    return problemOfWait(held, STALLED);
  }

  async #answerMedia(packager: HlsPackager, file: string, { request, response }: Exchange): Promise<void> {
    const abort = abortOf(response);
    const media = await this.#find(packager, file, abort);
    if (abort.aborted) return;
    if (!media || media === 'full') {
      answerProblem(request, response, media === 'full' ? BUSY : NOT_THERE);
      return;
    }
    const type = file.endsWith('.ts') ? 'video/mp2t' : 'video/mp4';
    const sizeBytes = answerBytes(request, response, { type, cacheControl: FOR_EVER, body: media });
    this.#door.onBytes('hls', sizeBytes);
  }

  async #find(packager: HlsPackager, file: string, abort: AbortSignal): Promise<Uint8Array | 'full' | undefined> {
    const numbered = /^(\d{1,15})(?:\.(\d{1,5}))?\.(m4s|ts)$/.exec(file);
    if (!numbered) return file.startsWith('init-') ? packager.init(file) : undefined;
    const segment = Number(numbered[1]);
    if (numbered[2] === undefined) return packager.segment(segment, numbered[3] === 'ts' ? 'ts' : 'fmp4');
    const part = Number(numbered[2]);
    const { window } = packager;
    if (!window.has(segment, part)) {
      const next = window.nextPart();
      if (next?.segment !== segment || next.part !== part) return undefined;
      const held = await this.#held.hold(() => awaitPart(window, segment, part, this.#door.clock, abort));
      if (held === 'full') return 'full';
    }
    return packager.part(segment, part);
  }
}

/** Relative to `/{app}/{stream}.m3u8`, so that it holds behind any proxy. */
function mediaPlaylistUri({ domain, stream }: PlayRequest, token: string, container: HlsContainer): string {
  const file = container === 'ts' ? 'ts.m3u8' : 'live.m3u8';
  if (domain.play.sessionTokenIn === 'query') return `${stream}/~/${file}?${TOKEN_PARAMETER}=${token}`;
  return `${stream}/~${token}/${file}`;
}

function tokenIn(query: string): string {
  return new URLSearchParams(query).get(TOKEN_PARAMETER) ?? '';
}

function whileListed({ window }: HlsPackager): string {
  return `public, max-age=${window.targetDurationSeconds * BLOCKING_TARGET_DURATIONS}`;
}

function problemOfWait(held: boolean | 'full', otherwise: Problem): Problem | undefined {
  if (held === 'full') return BUSY;
  return held ? undefined : otherwise;
}

function readDirectives(query: string): DeliveryDirectives | Problem {
  try {
    return parseDeliveryDirectives(query);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { status: 400, code: 'BAD_DIRECTIVE', reason: error.message };
  }
}

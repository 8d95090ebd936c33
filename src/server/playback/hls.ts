import { gzipSync } from 'node:zlib';
import type { PlayRequest } from '../../access/index.ts';
import type { StreamId } from '../../live/index.ts';
import { type HlsContainer, type HlsPackager, multivariantPlaylistOf } from '../../packager/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { type DeliveryDirectives, parseDeliveryDirectives } from '../../protocol/m3u8/index.ts';
import { admit, NOT_LIVE, problemOf } from './admission.ts';
import { answer, answerProblem, type Problem, type Request, type Response } from './answer.ts';
import { HlsSessions } from './hls-sessions.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { awaitPart, awaitSegment } from './playlist-wait.ts';

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
/** Numbers are never used again, so what has one never changes. */
const FOR_EVER = 'public, max-age=86400, immutable';
const TOKEN_PARAMETER = 'hw_token';

const NOT_THERE: Problem = {
  status: 404,
  code: 'NOT_IN_WINDOW',
  reason: 'not in the window of the stream',
  remedy: 'Reload the playlist: the player is too far behind or too far ahead.',
};

type HlsTarget = { readonly app: string; readonly stream: string; readonly file: string };

/** Answers everything of HLS: multivariant and media playlists, init segments, parts and segments. */
export class Hls {
  readonly #door: PlaybackDoor;
  readonly #sessions: HlsSessions;
  readonly #gzipped = new WeakMap<Uint8Array, Uint8Array>();
  #waiting = 0;

  constructor(door: PlaybackDoor) {
    this.#door = door;
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
  async answerMultivariant(playRequest: PlayRequest, request: Request, response: Response): Promise<void> {
    const askedMs = this.#door.clock.nowMs();
    const abort = abortOf(response);
    const admitted = await admit(this.#door, playRequest, abort);
    if (abort.aborted) return;
    if ('status' in admitted) {
      this.#door.onAnswered('hls', admitted.code);
      answerProblem(request, response, admitted);
      return;
    }
    const packager = this.#door.packagers.find(admitted.stream.id);
    if (!packager || !(await awaitSegment(packager.window, this.#door.clock, abort))) {
      if (!abort.aborted) answerProblem(request, response, NOT_LIVE);
      return;
    }
    this.#door.onAnswered('hls', 'accepted');
    this.#door.onJoined('hls', (this.#door.clock.nowMs() - askedMs) / 1000);
    const { uid } = admitted.admission;
    const { token } = this.#door.access.issueSession(playRequest, {
      sessionId: this.#door.newId(),
      ...(uid === undefined ? {} : { uid }),
    });
    const { peak, average } = packager.window.bitrate();
    const text = multivariantPlaylistOf([
      {
        uri: mediaPlaylistUri(playRequest, token, this.#containerOf(admitted.stream.id, playRequest.query)),
        tracks: packager.window.listed().at(-1)?.tracks ?? admitted.stream.tracks,
        peakBitrate: peak,
        averageBitrate: average,
      },
    ]);
    const body = new TextEncoder().encode(text);
    answer(request, response, { type: PLAYLIST_TYPE, cacheControl: 'no-store', body });
  }

  /** Everything under the session's path. */
  async answerFile(target: HlsTarget, playRequest: PlayRequest, token: string, request: Request, response: Response) {
    const isTokenInQuery = token === '';
    const given = isTokenInQuery ? tokenIn(playRequest.query) : token;
    const verdict = this.#sessions.enter(playRequest, given);
    if (!verdict.allowed) {
      answerProblem(request, response, problemOf(verdict));
      return;
    }
    const id = { domain: playRequest.domain.name, app: target.app, name: target.stream };
    const packager = this.#door.packagers.find(id);
    if (!packager) {
      answerProblem(request, response, NOT_LIVE);
      return;
    }
    const playlist = /^(live|ts)\.m3u8$/.exec(target.file);
    if (playlist) {
      const container = playlist[1] === 'ts' ? 'ts' : 'fmp4';
      const suffix = isTokenInQuery ? `?${TOKEN_PARAMETER}=${given}` : '';
      await this.#answerPlaylist(packager, container, suffix, playRequest, request, response);
      return;
    }
    await this.#answerMedia(packager, target.file, request, response);
  }

  #containerOf(id: StreamId, query: string): HlsContainer {
    const asked = new URLSearchParams(query).get('container');
    if (asked === 'ts' || asked === 'fmp4') return asked;
    return this.#door.rules().settingsFor(id.domain, id.app, id.name).hls.container;
  }

  async #answerPlaylist(
    packager: HlsPackager,
    container: HlsContainer,
    suffix: string,
    playRequest: PlayRequest,
    request: Request,
    response: Response,
  ): Promise<void> {
    const directives = readDirectives(playRequest.query);
    const problem = 'status' in directives ? directives : await this.#wait(packager, directives, response);
    if (response.destroyed) return;
    if (problem) {
      answerProblem(request, response, problem);
      return;
    }
    const isDelta = 'skip' in directives && directives.skip !== undefined;
    const text = packager.playlist(container, isDelta);
    const body = suffix ? withSuffix(text, suffix) : text;
    this.#answerText(body, suffix === '', request, response);
  }

  async #wait(packager: HlsPackager, directives: DeliveryDirectives, response: Response): Promise<Problem | undefined> {
    const { mediaSequence, part } = directives;
    const { window } = packager;
    if (mediaSequence === undefined) {
      if (window.listed().length > 0) return undefined;
      return (await awaitSegment(window, this.#door.clock, abortOf(response))) ? undefined : NOT_LIVE;
    }
    if (window.isEnded || window.has(mediaSequence, part)) return undefined;
    const newest = window.nextPart() ?? { segment: (window.segments.at(-1)?.number ?? 0) + 1, part: 0 };
    if (mediaSequence > newest.segment + 1) {
      return {
        status: 400,
        code: 'TOO_FAR_AHEAD',
        reason: `_HLS_msn is more than one segment ahead of ${newest.segment}`,
      };
    }
    if (this.#waiting >= this.#door.limits.blockingRequests) {
      return { status: 503, code: 'BUSY', reason: 'too many playlist requests are waiting' };
    }
    this.#waiting++;
    const isThere = await awaitPart(window, mediaSequence, part, this.#door.clock, abortOf(response));
    this.#waiting--;
    return isThere ? undefined : { status: 503, code: 'STALLED', reason: 'the stream does not go on at the moment' };
  }

  #answerText(body: Uint8Array, isShared: boolean, request: Request, response: Response): void {
    const acceptsGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    const packed = acceptsGzip ? this.#gzip(body, isShared) : undefined;
    answer(request, response, {
      type: PLAYLIST_TYPE,
      cacheControl: 'no-cache',
      body: packed ?? body,
      headers: { Vary: 'Accept-Encoding', ...(packed ? { 'Content-Encoding': 'gzip' } : {}) },
    });
  }

  #gzip(body: Uint8Array, isShared: boolean): Uint8Array {
    const known = this.#gzipped.get(body);
    if (known) return known;
    const packed = gzipSync(body, { level: 5 });
    if (isShared) this.#gzipped.set(body, packed);
    return packed;
  }

  async #answerMedia(packager: HlsPackager, file: string, request: Request, response: Response): Promise<void> {
    const media = await this.#find(packager, file, response);
    if (response.destroyed) return;
    if (!media) {
      answerProblem(request, response, NOT_THERE);
      return;
    }
    this.#door.onBytes('hls', media.length);
    const type = file.endsWith('.ts') ? 'video/mp2t' : 'video/mp4';
    answer(request, response, { type, cacheControl: FOR_EVER, body: media });
  }

  async #find(packager: HlsPackager, file: string, response: Response): Promise<Uint8Array | undefined> {
    const numbered = /^(\d{1,15})(?:\.(\d{1,5}))?\.(m4s|ts)$/.exec(file);
    if (!numbered) return file.startsWith('init-') ? packager.init(file) : undefined;
    const segment = Number(numbered[1]);
    if (numbered[2] === undefined) return packager.segment(segment, numbered[3] === 'ts' ? 'ts' : 'fmp4');
    const part = Number(numbered[2]);
    if (!packager.window.has(segment, part)) {
      const next = packager.window.nextPart();
      if (next?.segment !== segment || next.part !== part) return undefined;
      await awaitPart(packager.window, segment, part, this.#door.clock, abortOf(response));
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

/** Adds the token to every URI: lines that are no tags, and `URI` attributes. */
function withSuffix(text: Uint8Array, suffix: string): Uint8Array {
  const lines = new TextDecoder().decode(text).split('\n');
  const carried = lines.map((line) => {
    if (line === '') return line;
    return line.startsWith('#') ? line.replace(/URI="([^"]*)"/g, `URI="$1${suffix}"`) : `${line}${suffix}`;
  });
  return new TextEncoder().encode(carried.join('\n'));
}

function readDirectives(query: string): DeliveryDirectives | Problem {
  try {
    return parseDeliveryDirectives(query);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { status: 400, code: 'BAD_DIRECTIVE', reason: error.message };
  }
}

/** Aborts when the answer's connection closes. */
function abortOf(response: Response): AbortSignal {
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  return abort.signal;
}

import type { PlayRequest } from '../../access/index.ts';
import type { StreamId, TrackSet } from '../../live/index.ts';
import { type HlsContainer, type HlsPackager, multivariantPlaylistOf } from '../../packager/index.ts';
import { admit, giveBackAfterHead, NOT_LIVE, problemOf } from './admission.ts';
import {
  abortOf,
  answer,
  answerBytes,
  answerProblem,
  type Bytes,
  type Problem,
  type Request,
  type Response,
} from './answer.ts';
import { HeldRequests } from './held-requests.ts';
import { hlsContainerFor } from './hls-container.ts';
import { findHls, type HlsComing, type HlsFound, type HlsWanted, TOKEN_PARAMETER } from './hls-ready.ts';
import { HlsSessions, type KnownBy } from './hls-sessions.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { acceptsGzip, PlaylistText } from './playlist-text.ts';
import { awaitPart, awaitSegment } from './playlist-wait.ts';

const BUSY: Problem = { status: 503, code: 'BUSY', reason: 'too many requests are waiting' };

type HlsTarget = {
  readonly app: string;
  readonly stream: string;
  /** Empty where the token is in the query. */
  readonly token: string;
  readonly file: string;
};

/** One request and its answer, as the methods below pass them on. */
type Exchange = { readonly request: Request; readonly response: Response };

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
    const tracks = packager.window.listed().at(-1)?.tracks ?? admitted.stream.tracks;
    const container = this.#containerOf((admitted.stream.parent ?? admitted.stream).id, asked, tracks);
    const { peak, average } = packager.bitrate(container);
    const text = multivariantPlaylistOf([
      {
        uri: mediaPlaylistUri(asked, token, container),
        tracks,
        peakBitrate: peak,
        averageBitrate: average,
      },
    ]);
    const body = new TextEncoder().encode(text);
    const takesGzip = acceptsGzip(request.headers['accept-encoding']);
    answer(request, response, this.#texts.answer({ body, cacheControl: 'no-store', isShared: false, takesGzip }));
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
    const takesGzip = acceptsGzip(request.headers['accept-encoding']);
    const carriedToken = isTokenInQuery ? token : undefined;
    const wanted = { file: target.file, query: asked.query, carriedToken, takesGzip };
    const found = findHls(packager, wanted, this.#texts);
    const exchange = { request, response };
    if (found.kind === 'coming') await this.#answerLater(packager, wanted, found.coming, exchange);
    else this.#send(found, exchange);
  }

  /** The answer to a viewer who was let in before and asks for a file that is there; undefined where that isn't so. */
  answerNow(by: KnownBy, wanted: HlsWanted): Bytes | undefined {
    const viewer = this.#sessions.known(by);
    const packager = viewer && this.#door.packagers.find(viewer);
    if (!packager) return undefined;
    const found = findHls(packager, wanted, this.#texts);
    if (found.kind === 'media') this.#door.onHlsBytes(found.bytes.body.length);
    return 'bytes' in found ? found.bytes : undefined;
  }

  #refuse(problem: Problem, request: Request, response: Response): void {
    this.#door.onAnswered('hls', problem.code);
    answerProblem(request, response, problem);
  }

  #containerOf(id: StreamId, { query, userAgent }: PlayRequest, tracks: TrackSet): HlsContainer {
    const ruled = this.#door.rules().settingsFor(id.domain, id.app, id.name).hls.container;
    return hlsContainerFor({ query, userAgent, tracks, ruled });
  }

  /** Waits for what the viewer asks for. */
  async #answerLater(packager: HlsPackager, wanted: HlsWanted, coming: HlsComing, exchange: Exchange): Promise<void> {
    const { window } = packager;
    const abort = abortOf(exchange.response);
    const { segment, part, otherwise } = coming;
    const { clock } = this.#door;
    const held = await this.#held.hold(() =>
      segment === undefined ? awaitSegment(window, clock, abort) : awaitPart(window, segment, part, clock, abort),
    );
    if (abort.aborted) return;
    const found = held === true ? findHls(packager, wanted, this.#texts) : undefined;
    if (found && found.kind !== 'coming') this.#send(found, exchange);
    else this.#send({ kind: 'problem', problem: held === 'full' ? BUSY : otherwise }, exchange);
  }

  #send(found: Exclude<HlsFound, { kind: 'coming' }>, { request, response }: Exchange): void {
    if (found.kind === 'problem') answerProblem(request, response, found.problem);
    else if (found.kind === 'playlist') answer(request, response, found.bytes);
    else this.#door.onHlsBytes(answerBytes(request, response, found.bytes));
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

import { type Clock, type StreamId, streamKey } from '../../../live/index.ts';
import {
  abortOf,
  acceptsGzip,
  answer,
  answerBytes,
  answerProblem,
  awaitPart,
  awaitSegment,
  type Bytes,
  findHls,
  GONE_MS,
  HeldRequests,
  type HlsComing,
  type HlsFound,
  type HlsGrant,
  type HlsWanted,
  isPlaylist,
  type KnownBy,
  type Packagers,
  PlaylistText,
  pathOf,
  type Request,
  type Response,
  reportsOf,
  TOKEN_PARAMETER,
} from '../index.ts';
import type { CopiedStreams } from './copied-streams.ts';
import type { ReportedSession, Reporting } from './reporting.ts';

export type HlsViewersOptions = {
  readonly clock: Clock;
  readonly packagers: Packagers;
  readonly copies: CopiedStreams;
  readonly reporting: Reporting;
  /** How many may wait for what is not there yet; 0 for any number. */
  readonly blockingRequests: number;
};

/** Who asks, with what his request begins with. */
type By = KnownBy & { readonly isSecure: boolean };

/** What the server allowed, and what came of it. */
type Held = { readonly grant: HlsGrant; readonly session: ReportedSession; lastUsedMs: number };

/** Before the server forgets a viewer who asks for nothing, so that he is let in again when he comes back. */
const IDLE_MS = GONE_MS - 5000;
const BUSY = { status: 503, code: 'BUSY', reason: 'too many requests are waiting' };

/**
 * Answers what sessions of HLS ask for, as far as the server allowed it and there is a copy of the stream. All else is
 * the server's to answer, so that there is an answer to everything and the same one everywhere.
 */
export class HlsViewers {
  readonly #options: HlsViewersOptions;
  readonly #texts = new PlaylistText();
  readonly #held: HeldRequests;
  /** By the folder, and where the token is in the query by that too. */
  readonly #grants = new Map<string, Held>();
  /** What grants say of streams. */
  readonly #packaging = new Map<string, HlsGrant['packaging']>();
  readonly #shutOutUntilMs = new Map<string, number>();
  #rules: number;

  constructor(options: HlsViewersOptions, rules: number) {
    this.#options = options;
    this.#held = new HeldRequests(options.blockingRequests);
    this.#rules = rules;
  }

  packagingOf(id: StreamId): HlsGrant['packaging'] | undefined {
    return this.#packaging.get(streamKey(id));
  }

  take(grant: HlsGrant): void {
    if (grant.rules !== this.#rules || this.#shutOutUntilMs.has(grant.token)) return;
    const { key, id, owner, isSecure } = grant;
    const place = placeOf(grant.folder, grant.token);
    this.#drop(place);
    const session = this.#options.reporting.session({ key, id, owner, isSecure });
    this.#grants.set(place, { grant, session, lastUsedMs: this.#options.clock.nowMs() });
    this.#packaging.set(streamKey(id), grant.packaging);
    this.#options.copies.use(id);
  }

  /** The server ended the session: it answers from now on. */
  shutOut(token: string): void {
    for (const [place, { grant }] of [...this.#grants]) {
      if (grant.token !== token) continue;
      this.#shutOutUntilMs.set(token, grant.expiresAtMs);
      this.#drop(place);
    }
    if (!this.#shutOutUntilMs.has(token)) this.#shutOutUntilMs.set(token, this.#options.clock.wallMs() + GONE_MS);
  }

  /** The server looks at everybody again. */
  rulesChanged(rules: number): void {
    this.#rules = rules;
    for (const place of [...this.#grants.keys()]) this.#drop(place);
  }

  /** To be called about once a second. */
  sweep(): void {
    const { clock } = this.#options;
    const idleBefore = clock.nowMs() - IDLE_MS;
    for (const [place, { lastUsedMs }] of [...this.#grants]) if (lastUsedMs < idleBefore) this.#drop(place);
    const wallMs = clock.wallMs();
    for (const [token, untilMs] of this.#shutOutUntilMs) if (untilMs < wallMs) this.#shutOutUntilMs.delete(token);
    const named = new Set([...this.#grants.values()].map(({ grant }) => streamKey(grant.id)));
    for (const key of this.#packaging.keys()) if (!named.has(key)) this.#packaging.delete(key);
  }

  /** For requests that repeat the one before: what is there now. */
  answerNow(by: By, wanted: HlsWanted): Bytes | undefined {
    const held = this.#known(by, wanted.query);
    const found = held && this.#found(held, this.#completed(held, wanted));
    if (!held || !found || !('bytes' in found)) return undefined;
    held.session.answered(200, found.bytes.body.length, found.kind === 'media');
    return found.bytes;
  }

  /** Whether the server allowed it already. */
  isAllowed(by: By, query: string): boolean {
    return this.#known(by, query) !== undefined;
  }

  /** False where the server must answer. */
  async answer(request: Request, response: Response, by: By): Promise<boolean> {
    const { path, query } = pathOf(request.url);
    const held = request.method === 'GET' ? this.#known(by, query) : undefined;
    if (!held) return false;
    const takesGzip = acceptsGzip(request.headers['accept-encoding']);
    const wanted = this.#completed(held, { file: path.slice(path.lastIndexOf('/') + 1), query, takesGzip });
    let found = this.#found(held, wanted);
    if (found?.kind === 'coming') found = await this.#waited(held, wanted, found.coming, abortOf(response));
    if (!found) return false;
    if (!response.closed) this.#send(found, held, request, response);
    return true;
  }

  #known({ folder, host, address, isSecure }: By, query: string): Held | undefined {
    const held = this.#grants.get(placeOf(folder, tokenIn(folder, query)));
    if (!held) return undefined;
    const { grant } = held;
    const isSame = grant.host === host && grant.address === address && grant.isSecure === isSecure;
    const { clock, copies } = this.#options;
    if (!isSame || clock.wallMs() >= grant.expiresAtMs) return undefined;
    held.lastUsedMs = clock.nowMs();
    copies.use(grant.id);
    return held;
  }

  #completed({ grant }: Held, wanted: HlsWanted): HlsWanted {
    const { id, owner, siblings } = grant;
    return {
      ...wanted,
      ...(OF_EVERYBODY.test(grant.folder) ? { carriedToken: grant.token } : {}),
      ...(siblings.length > 0 ? { reports: () => reportsOf(this.#options.packagers, { id, owner, siblings }) } : {}),
    };
  }

  /** Undefined where the server has it, or knows better why not. */
  #found({ grant }: Held, wanted: HlsWanted): HlsFound | undefined {
    const packager = this.#options.packagers.find(grant.id);
    if (!packager) return undefined;
    const { listsEarlier } = grant.packaging;
    if (isPlaylist(wanted.file) && (listsEarlier || !packager.window.hasSlid)) return undefined;
    const found = findHls(packager, wanted, this.#texts);
    return found.kind === 'problem' ? undefined : found;
  }

  async #waited(
    held: Held,
    wanted: HlsWanted,
    { segment, part, otherwise }: HlsComing,
    signal: AbortSignal,
  ): Promise<HlsFound | undefined> {
    const { packagers, clock } = this.#options;
    const window = packagers.find(held.grant.id)?.window;
    if (!window) return undefined;
    const isThere = await this.#held.hold(() =>
      segment === undefined ? awaitSegment(window, clock, signal) : awaitPart(window, segment, part, clock, signal),
    );
    const found = isThere === true ? this.#found(held, wanted) : undefined;
    if (isThere === true && found?.kind !== 'coming') return found;
    return { kind: 'problem', problem: isThere === 'full' ? BUSY : otherwise };
  }

  #send(found: HlsFound, { session }: Held, request: Request, response: Response): void {
    if ('bytes' in found && found.kind === 'playlist') {
      answer(request, response, found.bytes);
      session.answered(200, found.bytes.body.length, false);
    } else if ('bytes' in found) {
      const sizeBytes = answerBytes(request, response, found.bytes);
      session.answered(response.statusCode, sizeBytes, true);
    } else {
      const problem = found.kind === 'problem' ? found.problem : found.coming.otherwise;
      answerProblem(request, response, problem);
      session.answered(problem.status, 0, false);
    }
  }

  #drop(place: string): void {
    const held = this.#grants.get(place);
    if (!held) return;
    this.#grants.delete(place);
    this.#options.reporting.forget(held.session);
  }
}

/** Folders of sessions whose token is in the query are everybody's. */
const OF_EVERYBODY = /\/~\/(?:[^/]+\/)?$/;

function placeOf(folder: string, token: string): string {
  return OF_EVERYBODY.test(folder) ? `${folder}\n${token}` : folder;
}

function tokenIn(folder: string, query: string): string {
  return OF_EVERYBODY.test(folder) ? (new URLSearchParams(query).get(TOKEN_PARAMETER) ?? '') : '';
}

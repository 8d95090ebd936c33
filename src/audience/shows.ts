import type { SessionListener, ViewerSession } from '../access/index.ts';
import { type Publication, type RegistryListener, type Stream, type StreamId, streamKey } from '../live/index.ts';
import type { OverSession } from './over-sessions.ts';
import { type HealthNow, Show } from './show.ts';
import type { ShowRecording, ShowSummary } from './show-summary.ts';
import { isDoor } from './viewer-curve.ts';
import type { PlayerTotals } from './viewings.ts';

export type ShowsOptions = {
  readonly node: string;
  readonly wallMs: () => number;
  /** The stream that a session was opened for. */
  readonly ownerOf: (session: ViewerSession) => string;
  readonly totalsOf: (session: ViewerSession) => PlayerTotals | undefined;
  /** Makes sure that what a session was given until now is told by `sent`. */
  readonly count: (session: ViewerSession) => void;
  /** Media bytes of the publish so far. */
  readonly ingestBytesOf: (sessionId: string) => number;
  /** Why a publish ended, in the words of callbacks. */
  readonly endReasonOf: (publication: Publication) => string;
  /** A show is over, and all of its viewers have had time to go. */
  readonly onEnded: (summary: ShowSummary) => void;
};

/** Something that happened to a stream beside its publishes. */
export type ShowNews =
  | { readonly kind: 'ladder'; readonly event: string; readonly rendition?: string; readonly reason?: string }
  | { readonly kind: 'recording'; readonly file: ShowRecording }
  | { readonly kind: 'snapshot' };

type Running = { readonly show: Show; sessionId: string | undefined; endedAtMs: number };

/** Viewers of HLS are known to be gone after 15 s of silence, and some have last words. */
const LINGER_MS = 25_000;
/** Shorter ones are no shows, as the history of publishes has it. */
const SHORTEST_MS = 2000;

/** The shows that run, and those that were over a moment ago. */
export class Shows implements RegistryListener, SessionListener {
  readonly #options: ShowsOptions;
  readonly #running = new Map<string, Running>();
  readonly #lingering = new Set<Running>();
  readonly #showOf = new WeakMap<ViewerSession, Show>();

  constructor(options: ShowsOptions) {
    this.#options = options;
  }

  published({ stream, publisher }: Publication): void {
    const { domain, app, name } = stream.id;
    const { node, totalsOf } = this.#options;
    const startedAtMs = this.#options.wallMs();
    const key = streamKey(stream.id);
    const known = this.#running.get(key);
    const id = publisher.sessionId;
    const show = known?.show ?? new Show({ id, node, domain, app, stream: name, startedAtMs, totalsOf });
    show.connected(publisher.sessionId, startedAtMs);
    if (known) known.sessionId = publisher.sessionId;
    else this.#running.set(key, { show, sessionId: publisher.sessionId, endedAtMs: Number.POSITIVE_INFINITY });
  }

  unpublished(publication: Publication): void {
    const { sessionId } = publication.publisher;
    const running = this.#running.get(streamKey(publication.stream.id));
    if (!running) return;
    if (running.sessionId === sessionId) running.sessionId = undefined;
    const { wallMs, endReasonOf, ingestBytesOf } = this.#options;
    running.show.disconnected(sessionId, wallMs(), endReasonOf(publication), ingestBytesOf(sessionId));
  }

  ended({ id }: Stream): void {
    const running = this.#running.get(streamKey(id));
    if (!running) return;
    this.#running.delete(streamKey(id));
    running.endedAtMs = this.#options.wallMs();
    running.show.ended(running.endedAtMs);
    this.#lingering.add(running);
  }

  opened(session: ViewerSession): void {
    const show = this.#runningFor(session);
    if (show) this.#join(show, session);
  }

  closed(session: ViewerSession): void {
    this.#showOf.get(session)?.closed(session, this.#options.wallMs());
  }

  /** A session is over, and its player has said its last words. */
  over(over: OverSession): void {
    this.#showOf.get(over.session)?.over(over);
  }

  /** Bytes that a session was given since the last time. */
  sent(session: ViewerSession, bytes: number): void {
    this.#showOf.get(session)?.sent(session, bytes);
  }

  /** How long a viewer waited for the first byte. */
  joined(door: string, id: StreamId, seconds: number): void {
    if (isDoor(door)) this.#running.get(streamKey(id))?.show.joined(door, seconds);
  }

  health(id: StreamId, now: HealthNow): void {
    this.#running.get(streamKey(id))?.show.health(now, this.#options.wallMs());
  }

  /** @param sessionId the publish that it belongs to; files may come when the show is over */
  tell(id: StreamId, sessionId: string, news: ShowNews): void {
    const show = this.#of(sessionId)?.show ?? this.#running.get(streamKey(id))?.show;
    if (!show) return;
    if (news.kind === 'recording') show.recorded(news.file);
    else if (news.kind === 'snapshot') show.pictured();
    else {
      const { kind, ...note } = news;
      show.ladder({ atMs: this.#options.wallMs(), ...note });
    }
  }

  /** Time goes on; to be called every few seconds, once sessions were looked at. */
  tick(): void {
    const nowMs = this.#options.wallMs();
    for (const { show } of this.#running.values()) show.tick(nowMs);
    for (const running of this.#lingering) if (nowMs - running.endedAtMs > LINGER_MS) this.#finish(running);
  }

  /** Of everything that runs, or was over a moment ago. */
  *summaries(): Generator<ShowSummary> {
    for (const running of this.#running.values()) yield this.#summaryOf(running);
    for (const running of this.#lingering) yield this.#summaryOf(running);
  }

  /** The show that a publish belongs to, as of now. */
  find(sessionId: string): ShowSummary | undefined {
    const running = this.#of(sessionId);
    return running && this.#summaryOf(running);
  }

  /** The server stops: all that is over is told now. */
  close(): void {
    for (const running of this.#running.values()) {
      running.endedAtMs = this.#options.wallMs();
      running.show.ended(running.endedAtMs);
      this.#lingering.add(running);
    }
    this.#running.clear();
    for (const running of this.#lingering) this.#finish(running);
  }

  /** Who goes on to ask for the stream belongs to its next show. */
  #finish(running: Running): void {
    this.#lingering.delete(running);
    const summary = this.#summaryOf(running);
    for (const session of running.show.open) {
      const next = this.#runningFor(session);
      if (next) this.#join(next, session);
      else this.#showOf.delete(session);
    }
    if (running.endedAtMs - summary.startedAtMs >= SHORTEST_MS) this.#options.onEnded(summary);
  }

  #join(show: Show, session: ViewerSession): void {
    this.#showOf.set(session, show);
    show.opened(session, this.#options.wallMs());
  }

  #runningFor(session: ViewerSession): Show | undefined {
    const name = this.#options.ownerOf(session);
    return this.#running.get(streamKey({ domain: session.domain, app: session.app, name }))?.show;
  }

  #of(sessionId: string): Running | undefined {
    for (const running of this.#running.values()) if (running.show.has(sessionId)) return running;
    for (const running of this.#lingering) if (running.show.has(sessionId)) return running;
    return undefined;
  }

  #summaryOf({ show, sessionId }: Running): ShowSummary {
    const { wallMs, ingestBytesOf, count } = this.#options;
    for (const session of show.open) count(session);
    return show.summary(wallMs(), sessionId === undefined ? 0 : ingestBytesOf(sessionId));
  }
}

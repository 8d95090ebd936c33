import assert from 'node:assert/strict';
import type { Clock } from './clock.ts';
import { Copies, type Copy, type CopyOptions } from './copies.ts';
import { HeldViewers } from './held-viewers.ts';
import { type DismissalReason, Publication, type Publisher, type PublishSettings } from './publication.ts';
import type { RegistryListener } from './registry-listener.ts';
import { type Rendition, type RenditionOffer, Renditions } from './renditions.ts';
import { type Slate, type SourceChoice, SourceSwitch, USUAL_SWITCH } from './source-switch.ts';
import { Stream, type StreamOptions } from './stream.ts';
import { type StreamId, streamKey } from './stream-id.ts';
import type { TrackSet } from './track.ts';

export type StreamSetup = PublishSettings & Pick<StreamOptions, 'plan' | 'cache' | 'startDtsMs'>;

export type RegistryOptions = {
  readonly clock: Clock;
  /** A stream's reader or a listener of the registry threw. */
  readonly onReaderError: (error: unknown, stream: StreamId) => void;
  readonly maxHeldRequests: number;
  /** What keeps viewers while a stream has no source; undefined where nothing is ready. */
  readonly slateFor?: (id: StreamId, tracks: TrackSet) => Slate | undefined;
  /** Whether a publisher that does not come back here may be elsewhere without our knowing: viewers are told of no end then. */
  readonly mayBeElsewhere?: () => boolean;
  /** Whether streams are about to go on elsewhere: they wait for that, and show no slate meanwhile. */
  readonly isLeaving?: () => boolean;
};

export type PublisherRole = 'main' | 'backup';

export type PublishResult =
  | { readonly ok: true; readonly publication: Publication }
  | { readonly ok: false; readonly code: 'STREAM_BUSY' | 'NAME_OF_RENDITION' };

/** What feeds a stream. */
export type SourcesOfStream = {
  readonly sources: SourceSwitch;
  readonly publications: ReadonlyMap<PublisherRole, Publication>;
};

/** How long a viewer waits for a rendition that starts for him. */
const RENDITION_START_MS = 15_000;

/** A copy's packets come with their places. */
const NO_PLAN: StreamOptions['plan'] = { firstSegment: 0, segmentMs: 0, partMs: 0, longestSegmentMs: 0 };

type Slot = {
  readonly stream: Stream;
  readonly setup: StreamSetup;
  readonly sources: SourceSwitch;
  readonly publications: Map<PublisherRole, Publication>;
  /** The one under whose session the stream is published: its first source, until the last is gone. */
  publication: Publication | undefined;
  stopWaiting: () => void;
  goesOnElsewhere: boolean;
};

/** The streams that are live or waiting for their publisher. Names that nobody publishes leave nothing behind. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #listeners = new Set<RegistryListener>();
  readonly #held: HeldViewers;
  readonly #renditions: Renditions;
  readonly #copies: Copies;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#held = new HeldViewers(options);
    this.#copies = new Copies({
      newStream: (id, { startedWallMs, cache, parent }) =>
        this.#newStream(id, {
          ...{ cache, plan: NO_PLAN, copied: { startedWallMs } },
          ...(parent ? { parent: { stream: parent } } : {}),
        }),
      onCopied: (stream) => {
        this.#tell('copied', stream);
        this.#held.release(stream.id, stream);
      },
      onEnded: (stream, isOver) => this.#tell('copyEnded', stream, isOver),
    });
    this.#renditions = new Renditions({
      takeCopy: (id, parent, marks) => {
        if (this.#copies.find(id)?.parent !== parent) return undefined;
        const stream = this.#copies.take(id);
        stream?.becomeOwn(this.#setupOf(parent).plan, marks);
        return stream;
      },
      newStream: (id, parent, marks) =>
        this.#newStream(id, { ...this.#setupOf(parent), parent: { stream: parent, marks } }),
      onLive: (stream) => {
        this.#tell('renditionLive', stream);
        this.#held.release(stream.id, stream);
      },
      onEnded: (stream) => this.#tell('renditionEnded', stream),
    });
  }

  /** A stream that is published under the name, else the rendition of that name, else the copy of one of elsewhere. */
  find(id: StreamId): Stream | undefined {
    return this.#findOwn(id) ?? this.#copies.find(id);
  }

  /** The stream whose rules count for the name: the parent of a rendition. */
  ownerOf(id: StreamId): StreamId {
    if (this.#slots.has(streamKey(id))) return id;
    return this.#renditions.parentOf(id)?.id ?? this.#copies.find(id)?.parent?.id ?? this.#copies.parentOf(id) ?? id;
  }

  /** Claims a name for a rendition of a stream; undefined where somebody publishes under it. */
  addRendition(parent: Stream, offer: RenditionOffer): Rendition | undefined {
    const id = { ...parent.id, name: `${parent.id.name}_${offer.suffix}` };
    if (this.#slots.has(streamKey(id)) || this.#renditions.parentOf(id)) return undefined;
    return this.#renditions.add(parent, offer);
  }

  /** The renditions of a stream that are live. */
  renditionsOf(parent: Stream): Stream[] {
    return [...this.#renditions.of(parent), ...this.#copies.of(parent)];
  }

  /** Puts the copy of a stream of elsewhere in; undefined where somebody publishes under the name here. */
  addCopy(id: StreamId, options: CopyOptions): Copy | undefined {
    if (this.#findOwn(id) || this.#copies.has(id)) return undefined;
    return this.#copies.add(id, options);
  }

  copies(): Generator<Stream> {
    return this.#copies.all();
  }

  /** Which limit keeps a rendition from coming although somebody wants it; for viewers. */
  heldBackBy(id: StreamId): string | undefined {
    return this.find(id) ? undefined : this.#renditions.heldBackBy(id);
  }

  /** Under which the stream is published: that of its first source, which another one may have outlived. */
  publicationOf(id: StreamId): Publication | undefined {
    return this.#slots.get(streamKey(id))?.publication;
  }

  /** Of the source on air; while there is none, as `publicationOf`. */
  onAirOf(id: StreamId): Publication | undefined {
    const slot = this.#slots.get(streamKey(id));
    const role = slot?.sources.onAir;
    return (role && role !== 'slate' ? slot?.publications.get(role) : undefined) ?? slot?.publication;
  }

  sourcesOf(id: StreamId): SourcesOfStream | undefined {
    return this.#slots.get(streamKey(id));
  }

  /** Ends all that a stream is published by, and its slate; false where it is not live. */
  dismiss(id: StreamId, reason: DismissalReason, detail?: string): boolean {
    const slot = this.#slots.get(streamKey(id));
    if (!slot) return false;
    const publications = [...slot.publications.values()];
    for (const publication of publications) publication.dismiss(reason, detail);
    const isSlate = publications.length === 0 && slot.stream.state === 'publishing';
    if (isSlate) this.#end(slot);
    return isSlate || publications.length > 0;
  }

  /** Those that are published here, without copies. */
  *streams(): Generator<Stream> {
    for (const slot of this.#slots.values()) yield slot.stream;
  }

  listen(listener: RegistryListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Whether the name belongs to a rendition of a stream, so that nobody may publish under it. */
  isRendition(id: StreamId): boolean {
    if (this.#slots.has(streamKey(id))) return false;
    return (this.#renditions.parentOf(id) ?? this.#copies.parentOf(id)) !== undefined;
  }

  /** Whether a publisher would get the name now; `publish` decides. */
  canPublish(id: StreamId, settings: PublishSettings, role: PublisherRole = 'main'): boolean {
    const current = this.#slots.get(streamKey(id))?.publications.get(role);
    return !current || settings.secondPublisher === 'takeover' || isGhost(current, settings);
  }

  publish(id: StreamId, publisher: Publisher, setup: () => StreamSetup, role: PublisherRole = 'main'): PublishResult {
    const settings = setup();
    if (this.isRendition(id)) return { ok: false, code: 'NAME_OF_RENDITION' };
    if (!this.canPublish(id, settings, role)) return { ok: false, code: 'STREAM_BUSY' };
    const current = this.#slots.get(streamKey(id))?.publications.get(role);
    current?.dismiss(isGhost(current, settings) ? 'GHOST_REPLACED' : 'TAKEN_OVER');
    const existing = this.#slots.get(streamKey(id));
    const slot = existing ?? this.#open(id, settings);
    const publication = new Publication({
      stream: slot.stream,
      input: slot.sources.add(role, settings.sources ?? USUAL_SWITCH),
      publisher,
      settings,
      isResumed: existing !== undefined,
      clock: this.#options.clock,
      onOver: (over, isClean) => this.#over(slot, over, isClean),
    });
    slot.publications.set(role, publication);
    slot.stopWaiting();
    this.#tell('sourceJoined', publication);
    if (slot.publication) return { ok: true, publication };
    slot.publication = publication;
    if (!existing) slot.stream.resume();
    this.#tell('published', publication);
    // What is not made of it here by now.
    this.#copies.endRenditions(slot.stream, false);
    if (!existing) this.#held.release(id, slot.stream);
    else if (slot.stream.state === 'waiting') {
      slot.stream.resume();
      this.#renditions.resume(slot.stream);
      this.#tell('resumed', slot.stream);
    }
    return { ok: true, publication };
  }

  /** Puts one of the sources on air; false where that one gives no picture. */
  choose(id: StreamId, choice: SourceChoice): boolean {
    return this.#slots.get(streamKey(id))?.sources.choose(choice) ?? false;
  }

  /** Another place publishes the stream by now: ends it here, without an end for those who can watch it there. */
  cede(id: StreamId): void {
    const slot = this.#slots.get(streamKey(id));
    if (!slot) return;
    slot.goesOnElsewhere = true;
    const publications = [...slot.publications.values()];
    for (const publication of publications) publication.dismiss('TAKEN_OVER');
    if (publications.length === 0) this.#end(slot);
  }

  /**
   * The stream once it is live, or undefined after `timeoutMs`, when `signal` aborts, or at once when too many
   * requests are held already. What starts with its first viewer is waited for in any case.
   */
  whenLive(id: StreamId, timeoutMs: number, signal: AbortSignal): Promise<Stream | undefined> {
    const live = this.find(id);
    if (live) return Promise.resolve(live);
    const isComing = this.#renditions.want(id) || this.#isFetched(id);
    // What is copied from its source as it is needs no encoder, and is there at once.
    const atOnce = isComing ? this.find(id) : undefined;
    if (atOnce) return Promise.resolve(atOnce);
    return this.#held.wait(id, { timeoutMs, comingMs: isComing ? RENDITION_START_MS : 0, signal });
  }

  /** As `whenLive`, for those elsewhere who ask for what is published here: nothing is fetched for them. */
  whenOwn(id: StreamId, timeoutMs: number, signal: AbortSignal): Promise<Stream | undefined> {
    const live = this.#findOwn(id);
    if (live) return Promise.resolve(live);
    const comingMs = this.#renditions.want(id) ? RENDITION_START_MS : 0;
    const atOnce = comingMs > 0 ? this.#findOwn(id) : undefined;
    if (atOnce) return Promise.resolve(atOnce);
    return this.#held.wait(id, { timeoutMs, comingMs, signal }).then((stream) => (stream?.isCopy ? undefined : stream));
  }

  /** What was said to be on its way does not come; whoever would wait for it in any case still does. */
  giveUp(id: StreamId): void {
    this.#held.giveUp(id);
  }

  isWaitedFor(id: StreamId): boolean {
    return this.#held.has(id);
  }

  /**
   * Ends every stream and lets go every held request.
   *
   * @param goesOn elsewhere: what ends is only what there is of them here
   */
  close(goesOn = false): void {
    this.#held.close();
    this.#copies.close();
    for (const slot of [...this.#slots.values()]) {
      slot.goesOnElsewhere ||= goesOn;
      for (const publication of [...slot.publications.values()]) publication.dismiss('KICKED');
      this.#end(slot);
    }
  }

  #findOwn(id: StreamId): Stream | undefined {
    return this.#slots.get(streamKey(id))?.stream ?? this.#renditions.find(id);
  }

  /** Whether one of the listeners brings the stream. */
  #isFetched(id: StreamId): boolean {
    for (const listener of this.#listeners) if (listener.wanted?.(id)) return true;
    return false;
  }

  #newStream(id: StreamId, options: Omit<StreamOptions, 'id' | 'clock' | 'onReaderError'>): Stream {
    return new Stream({
      id,
      clock: this.#options.clock,
      plan: options.plan,
      cache: options.cache,
      startDtsMs: options.startDtsMs,
      ...(options.parent ? { parent: options.parent } : {}),
      ...(options.copied ? { copied: options.copied } : {}),
      onReaderError: (error) => this.#options.onReaderError(error, id),
    });
  }

  /** What a live stream was set up with when it was first published. */
  #setupOf(stream: Stream): StreamSetup {
    const slot = this.#slots.get(streamKey(stream.id));
    assert(slot?.stream === stream, 'a rendition is opened while its parent is live');
    return slot.setup;
  }

  #open(id: StreamId, setup: StreamSetup): Slot {
    const copy = this.#copies.take(id);
    copy?.becomeOwn(setup.plan);
    const stream = copy ?? this.#newStream(id, setup);
    const sources = new SourceSwitch({
      ...{ stream, clock: this.#options.clock, hold: setup.cache, settings: setup.sources ?? USUAL_SWITCH },
      slateFor: (tracks) => this.#options.slateFor?.(id, tracks),
      onSwitch: (change) => this.#tell('sourceSwitched', stream, change),
    });
    const slot: Slot = {
      ...{ stream, setup, sources, publications: new Map() },
      ...{ publication: undefined, stopWaiting: () => {}, goesOnElsewhere: false },
    };
    this.#slots.set(streamKey(id), slot);
    return slot;
  }

  #over(slot: Slot, last: Publication, isClean: boolean): void {
    slot.publications.delete(last.role as PublisherRole);
    slot.sources.remove(last.input);
    this.#tell('sourceLeft', last);
    const { publication } = slot;
    if (slot.publications.size > 0 || !publication) return;
    slot.publication = undefined;
    const { waitMs, waitAfterUnpublish, sources } = last.settings;
    const { isLeaving } = this.#options;
    const isOver = isClean && !waitAfterUnpublish;
    const isCleanEnd = last.ending === 'UNPUBLISHED';
    const wantsSlate = isCleanEnd ? !isOver || sources?.slateAfterUnpublish === true : !isClean;
    const hasSlate = wantsSlate && !slot.goesOnElsewhere && !isLeaving?.() && slot.sources.canShowSlate();
    const waits = hasSlate || (!slot.goesOnElsewhere && !isOver && waitMs > 0);
    this.#tell('unpublished', publication, isClean, { last, waits });
    if (!waits) {
      this.#end(slot);
      return;
    }
    if (!hasSlate) {
      slot.stream.interrupt();
      this.#renditions.interrupt(slot.stream);
      this.#tell('interrupted', slot.stream);
    }
    const keptMs = hasSlate ? (sources ?? USUAL_SWITCH).slateMs : waitMs;
    slot.stopWaiting = this.#options.clock.after(keptMs, () => {
      slot.goesOnElsewhere ||= this.#options.mayBeElsewhere?.() ?? false;
      this.#end(slot);
    });
  }

  #end(slot: Slot): void {
    if (slot.stream.state === 'ended') return;
    slot.stopWaiting();
    slot.sources.close();
    this.#slots.delete(streamKey(slot.stream.id));
    // Before its renditions, so that they know that they will not be made again.
    slot.stream.end(slot.goesOnElsewhere);
    this.#renditions.end(slot.stream);
    this.#tell('ended', slot.stream);
  }

  #tell<Event extends Exclude<keyof RegistryListener, 'wanted'>>(
    event: Event,
    ...details: Parameters<NonNullable<RegistryListener[Event]>>
  ): void {
    for (const listener of this.#listeners) {
      try {
        (listener[event] as ((...all: typeof details) => void) | undefined)?.(...details);
      } catch (error) {
        const [about] = details;
        this.#options.onReaderError(error, about instanceof Publication ? about.stream.id : about.id);
      }
    }
  }
}

/** A publisher that is connected and sends nothing, while another one knocks. */
function isGhost(publication: Publication, settings: PublishSettings): boolean {
  return publication.silentMs() >= settings.ghostMs;
}

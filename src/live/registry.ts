import assert from 'node:assert/strict';
import type { Clock } from './clock.ts';
import { Publication, type Publisher, type PublishSettings } from './publication.ts';
import { type Rendition, type RenditionOffer, Renditions } from './renditions.ts';
import { Stream, type StreamOptions } from './stream.ts';
import { type StreamId, streamKey } from './stream-id.ts';

export type StreamSetup = PublishSettings & Pick<StreamOptions, 'plan' | 'cache'>;

export type RegistryOptions = {
  readonly clock: Clock;
  /** A stream's reader or a listener of the registry threw. */
  readonly onReaderError: (error: unknown, stream: StreamId) => void;
  readonly maxHeldRequests: number;
};

/** What happens to streams, for those who tell others about it. */
export interface RegistryListener {
  published?(publication: Publication): void;
  unpublished?(publication: Publication, isClean: boolean): void;
  interrupted?(stream: Stream): void;
  resumed?(stream: Stream): void;
  ended?(stream: Stream): void;
  /** A rendition is live: it has no publication, and it waits and ends with its parent. */
  renditionLive?(stream: Stream): void;
  renditionEnded?(stream: Stream): void;
  /** Somebody waits for a stream that is not live: whether it is on its way. */
  wanted?(id: StreamId): boolean;
}

export type PublishResult =
  | { readonly ok: true; readonly publication: Publication }
  | { readonly ok: false; readonly code: 'STREAM_BUSY' | 'NAME_OF_RENDITION' };

/** How long a viewer waits for a rendition that starts for him. */
const RENDITION_START_MS = 15_000;

type Slot = {
  readonly stream: Stream;
  readonly setup: StreamSetup;
  publication: Publication | undefined;
  stopWaiting: () => void;
};

/** The streams that are live or waiting for their publisher. Names that nobody publishes leave nothing behind. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #listeners = new Set<RegistryListener>();
  readonly #held = new Map<string, Set<(stream?: Stream) => void>>();
  readonly #renditions: Renditions;
  #heldCount = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#renditions = new Renditions({
      newStream: (id, parent, marks) => this.#newStream(id, this.#setupOf(parent), { stream: parent, marks }),
      onLive: (stream) => {
        this.#tell('renditionLive', stream);
        this.#release(stream.id, stream);
      },
      onEnded: (stream) => this.#tell('renditionEnded', stream),
    });
  }

  /** A stream that is published under the name, else the rendition of that name. */
  find(id: StreamId): Stream | undefined {
    return this.#slots.get(streamKey(id))?.stream ?? this.#renditions.find(id);
  }

  /** The stream whose rules count for the name: the parent of a rendition. */
  ownerOf(id: StreamId): StreamId {
    return this.#slots.has(streamKey(id)) ? id : (this.#renditions.parentOf(id)?.id ?? id);
  }

  /** Claims a name for a rendition of a stream; undefined where somebody publishes under it. */
  addRendition(parent: Stream, offer: RenditionOffer): Rendition | undefined {
    const id = { ...parent.id, name: `${parent.id.name}_${offer.suffix}` };
    if (this.#slots.has(streamKey(id)) || this.#renditions.parentOf(id)) return undefined;
    return this.#renditions.add(parent, offer);
  }

  /** The renditions of a stream that are live. */
  renditionsOf(parent: Stream): Stream[] {
    return [...this.#renditions.of(parent)];
  }

  /** Which limit keeps a rendition from coming although somebody wants it; for viewers. */
  heldBackBy(id: StreamId): string | undefined {
    return this.find(id) ? undefined : this.#renditions.heldBackBy(id);
  }

  publicationOf(id: StreamId): Publication | undefined {
    return this.#slots.get(streamKey(id))?.publication;
  }

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
    return !this.#slots.has(streamKey(id)) && this.#renditions.parentOf(id) !== undefined;
  }

  /** Whether a publisher would get the name now; `publish` decides. */
  canPublish(id: StreamId, settings: PublishSettings): boolean {
    const current = this.publicationOf(id);
    return !current || settings.secondPublisher === 'takeover' || isGhost(current, settings);
  }

  publish(id: StreamId, publisher: Publisher, setup: () => StreamSetup): PublishResult {
    const settings = setup();
    if (this.isRendition(id)) return { ok: false, code: 'NAME_OF_RENDITION' };
    if (!this.canPublish(id, settings)) return { ok: false, code: 'STREAM_BUSY' };
    const current = this.publicationOf(id);
    current?.dismiss(isGhost(current, settings) ? 'GHOST_REPLACED' : 'TAKEN_OVER');
    const existing = this.#slots.get(streamKey(id));
    const slot = existing ?? this.#open(id, settings);
    const publication = new Publication({
      stream: slot.stream,
      publisher,
      settings,
      isResumed: existing !== undefined,
      clock: this.#options.clock,
      onOver: (over, isClean) => this.#over(slot, over, isClean),
    });
    slot.publication = publication;
    slot.stopWaiting();
    this.#tell('published', publication);
    if (existing) {
      slot.stream.resume();
      this.#renditions.resume(slot.stream);
      this.#tell('resumed', slot.stream);
    } else {
      this.#release(id, slot.stream);
    }
    return { ok: true, publication };
  }

  /**
   * The stream once it is live, or undefined after `timeoutMs`, when `signal` aborts, or at once when too many
   * requests are held already. What starts with its first viewer is waited for in any case.
   */
  whenLive(id: StreamId, timeoutMs: number, signal: AbortSignal): Promise<Stream | undefined> {
    const live = this.find(id);
    const isComing = !live && (this.#renditions.want(id) || this.#isFetched(id));
    const waitMs = isComing ? Math.max(timeoutMs, RENDITION_START_MS) : timeoutMs;
    const mayWait = waitMs > 0 && !signal.aborted && this.#heldCount < this.#options.maxHeldRequests;
    if (live || !mayWait) return Promise.resolve(live);
    const key = streamKey(id);
    return new Promise((resolve) => {
      const waiting = this.#held.get(key) ?? new Set();
      const settle = (stream?: Stream) => {
        if (!waiting.delete(settle)) return;
        this.#heldCount--;
        if (waiting.size === 0) this.#held.delete(key);
        cancel();
        signal.removeEventListener('abort', giveUp);
        resolve(stream);
      };
      const giveUp = () => settle();
      const cancel = this.#options.clock.after(waitMs, giveUp);
      signal.addEventListener('abort', giveUp);
      waiting.add(settle);
      this.#held.set(key, waiting);
      this.#heldCount++;
    });
  }

  /** Ends every stream and lets go every held request. */
  close(): void {
    for (const waiting of [...this.#held.values()]) for (const settle of [...waiting]) settle();
    for (const slot of [...this.#slots.values()]) {
      slot.publication?.dismiss('KICKED');
      this.#end(slot);
    }
  }

  /** Whether one of the listeners brings the stream. */
  #isFetched(id: StreamId): boolean {
    let isFetched = false;
    for (const listener of this.#listeners) if (listener.wanted?.(id)) isFetched = true;
    return isFetched;
  }

  #newStream(id: StreamId, { plan, cache }: StreamSetup, parent?: StreamOptions['parent']): Stream {
    return new Stream({
      id,
      clock: this.#options.clock,
      plan,
      cache,
      onReaderError: (error) => this.#options.onReaderError(error, id),
      ...(parent ? { parent } : {}),
    });
  }

  /** What a live stream was set up with when it was first published. */
  #setupOf(stream: Stream): StreamSetup {
    const slot = this.#slots.get(streamKey(stream.id));
    assert(slot?.stream === stream, 'a rendition is opened while its parent is live');
    return slot.setup;
  }

  #open(id: StreamId, setup: StreamSetup): Slot {
    const stream = this.#newStream(id, setup);
    const slot: Slot = { stream, setup, publication: undefined, stopWaiting: () => {} };
    this.#slots.set(streamKey(id), slot);
    return slot;
  }

  #over(slot: Slot, publication: Publication, isClean: boolean): void {
    slot.publication = undefined;
    this.#tell('unpublished', publication, isClean);
    const { waitMs, waitAfterUnpublish } = publication.settings;
    if ((isClean && !waitAfterUnpublish) || waitMs <= 0) {
      this.#end(slot);
      return;
    }
    slot.stream.interrupt();
    this.#renditions.interrupt(slot.stream);
    this.#tell('interrupted', slot.stream);
    slot.stopWaiting = this.#options.clock.after(waitMs, () => this.#end(slot));
  }

  #end(slot: Slot): void {
    if (slot.stream.state === 'ended') return;
    slot.stopWaiting();
    this.#slots.delete(streamKey(slot.stream.id));
    // Before its renditions, so that they know that they will not be made again.
    slot.stream.end();
    this.#renditions.end(slot.stream);
    this.#tell('ended', slot.stream);
  }

  #release(id: StreamId, stream: Stream): void {
    for (const settle of [...(this.#held.get(streamKey(id)) ?? [])]) settle(stream);
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

import type { Clock, DismissalReason, PublisherRole, StreamId } from '../live/index.ts';
import { shownAddress } from './address.ts';
import { Retry } from './retry.ts';
import type { Source, SourceListener, SourceMedia } from './source.ts';

/** A publish that a pull feeds. */
export interface Entry {
  media(media: SourceMedia): void;
  /** Nothing comes any more; viewers are kept as those of a publisher whose connection broke. */
  lost(): void;
  /** The end. */
  unpublish(): void;
}

export type EntryRequest = {
  readonly id: StreamId;
  readonly role: PublisherRole;
  readonly pull: string;
  readonly by: string;
  readonly address: string;
  readonly dismissed: (reason: DismissalReason, detail?: string) => void;
};

/** Where pulled streams come in. */
export interface Entrance {
  /** Why a stream cannot come in now: a block, a limit, a publisher who has the name. Other nodes may have to be asked. */
  obstacle(id: StreamId, role: PublisherRole): Obstacle | Promise<Obstacle>;
  enter(request: EntryRequest): Entered | Promise<Entered>;
}

type Obstacle = string | undefined;
type Entered = Entry | { readonly refused: string };

export type PullState = 'connecting' | 'live' | 'waiting';

export type PullOverview = {
  readonly pull: string;
  readonly id: StreamId;
  readonly state: PullState;
  /** Counts from 1. */
  readonly source: number;
  readonly sources: number;
  /** Scheme and host of the source. */
  readonly address: string;
  readonly sinceWallMs: number;
  /** What ended the last try, or keeps the next one from being made. */
  readonly reason: string | undefined;
  readonly retryInMs: number | undefined;
  readonly failures: number;
};

export type PullOptions = {
  readonly name: string;
  readonly id: StreamId;
  readonly role: PublisherRole;
  /** At least one; the first is preferred. */
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly entrance: Entrance;
  readonly open: (url: string, listener: SourceListener) => Source;
  readonly onChange: (overview: PullOverview) => void;
};

/** A source that gives no picture and no sound for so long gives none. */
const FIRST_MEDIA_MS = 15_000;
const NEXT_SOURCE_MS = 300;
const OBSTACLE_MS = 3000;
const DISMISSED_MS = 10_000;
/** What comes while another node is asked whether it takes the stream; nobody is asked for that long. */
const MOST_HELD = 10_000;

/** One stream that is fetched, over and over, from whichever of its sources gives it. */
export class Pull {
  readonly #options: PullOptions;
  readonly #retry: Retry;
  #index = 0;
  #state: PullState = 'waiting';
  #sinceWallMs: number;
  #reason: string | undefined;
  #source: Source | undefined;
  #entry: Entry | undefined;
  /** What waits for the way in to open. */
  #held: SourceMedia[] | undefined;
  /** What the source said of itself before its first picture. */
  #metadata: SourceMedia | undefined;
  #liveSinceMs: number | undefined;
  #cancelLimit: () => void = () => {};
  #isClosed = false;
  /** Who waited for an answer meanwhile waited in vain. */
  #turn = 0;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#retry = new Retry(options.clock);
    this.#sinceWallMs = options.clock.wallMs();
    this.#attempt();
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  overview(): PullOverview {
    const { name, id, urls } = this.#options;
    return {
      ...{ pull: name, id, state: this.#state, source: this.#index + 1, sources: urls.length },
      ...{ address: shownAddress(urls[this.#index] ?? ''), sinceWallMs: this.#sinceWallMs, reason: this.#reason },
      ...{ retryInMs: this.#retry.inMs, failures: this.#retry.failures },
    };
  }

  /** Begins anew, with the first source and at once. */
  restart(): void {
    if (this.#isClosed) return;
    this.#leave((entry) => entry.lost());
    this.#retry.reset();
    this.#index = 0;
    this.#attempt();
  }

  /** @param goesOn another server fetches it next: viewers are kept for that */
  close(goesOn = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retry.cancel();
    this.#leave((entry) => (goesOn ? entry.lost() : entry.unpublish()));
  }

  #attempt(): void {
    const { id, role, entrance } = this.#options;
    this.#whenKnown(entrance.obstacle(id, role), (obstacle) => this.#open(obstacle));
  }

  /** At once where it is known; later only if nothing else has begun until then. */
  #whenKnown<T>(value: T | Promise<T>, then: (value: T) => void, instead: (value: T) => void = () => {}): void {
    const turn = ++this.#turn;
    if (value instanceof Promise) {
      void value.then((known) => (turn === this.#turn && !this.#isClosed ? then(known) : instead(known)));
    } else then(value);
  }

  #open(obstacle: Obstacle): void {
    const { urls, clock, open } = this.#options;
    if (obstacle !== undefined) {
      this.#wait(obstacle);
      this.#retry.after(OBSTACLE_MS, () => this.#attempt());
      return;
    }
    this.#set('connecting', this.#reason);
    this.#cancelLimit = clock.after(FIRST_MEDIA_MS, () => this.#lost(`nothing came for ${FIRST_MEDIA_MS / 1000} s`));
    let source: Source | undefined;
    const isCurrent = () => source !== undefined && this.#source === source;
    source = open(urls[this.#index] ?? '', {
      onMedia: (media) => {
        if (isCurrent()) this.#media(media);
      },
      onClosed: (reason) => {
        if (isCurrent()) this.#lost(reason);
      },
    });
    this.#source = source;
  }

  #media(media: SourceMedia): void {
    if (this.#entry) this.#entry.media(media);
    else if (this.#held) this.#hold(this.#held, media);
    else if (media.kind === 'data') this.#metadata = media;
    else this.#enter(media);
  }

  #enter(first: SourceMedia): void {
    const { id, role, name, entrance } = this.#options;
    const { by = '', address = '' } = this.#source ?? {};
    this.#cancelLimit();
    const dismissed = (reason: DismissalReason, detail?: string) => this.#dismissed(reason, detail);
    const held = (this.#metadata ? [this.#metadata, first] : [first]).map(owned);
    this.#held = held;
    this.#whenKnown(
      entrance.enter({ id, role, pull: name, by, address, dismissed }),
      (entered) => this.#entered(entered, held),
      (entered) => 'refused' in entered || entered.lost(),
    );
  }

  #entered(entry: Entered, held: readonly SourceMedia[]): void {
    this.#held = undefined;
    if ('refused' in entry) {
      this.#leave(() => {});
      this.#wait(entry.refused);
      this.#retry.after(OBSTACLE_MS, () => this.#attempt());
      return;
    }
    this.#entry = entry;
    this.#liveSinceMs = this.#options.clock.nowMs();
    this.#set('live', undefined);
    for (const media of held) entry.media(media);
  }

  #hold(held: SourceMedia[], media: SourceMedia): void {
    if (held.length >= MOST_HELD) this.#lost('the node that publishes the stream does not answer');
    else held.push(owned(media));
  }

  /** The server does not want it any more. */
  #dismissed(reason: DismissalReason, detail: string | undefined): void {
    if (this.#isClosed) return;
    this.#entry = undefined;
    if (reason === 'IDLE') {
      this.#lost('it sends nothing any more');
      return;
    }
    this.#leave(() => {});
    this.#wait(detail === undefined ? `ended here: ${reason}` : `ended here: ${reason}, ${detail}`);
    this.#retry.after(DISMISSED_MS, () => this.#attempt());
  }

  /** The source is gone: the next one, or after all of them a rest. */
  #lost(reason: string): void {
    if (this.#isClosed) return;
    const wasLiveMs = this.#liveSinceMs === undefined ? undefined : this.#options.clock.nowMs() - this.#liveSinceMs;
    this.#leave((entry) => entry.lost());
    const { source, address } = this.overview();
    // Whoever was live may be back at once; whoever was not gives way.
    this.#index = wasLiveMs === undefined ? (this.#index + 1) % this.#options.urls.length : 0;
    this.#wait(reason);
    if (this.#index > 0) this.#retry.after(NEXT_SOURCE_MS, () => this.#attempt());
    else this.#retry.failed(wasLiveMs ?? 0, () => this.#attempt());
    this.#options.onChange({ ...this.overview(), source, address });
  }

  #leave(how: (entry: Entry) => void): void {
    this.#cancelLimit();
    this.#turn++;
    this.#held = undefined;
    const [source, entry] = [this.#source, this.#entry];
    this.#source = undefined;
    this.#entry = undefined;
    this.#metadata = undefined;
    this.#liveSinceMs = undefined;
    source?.close();
    if (entry) how(entry);
  }

  #wait(reason: string): void {
    const isNew = this.#state !== 'waiting' || this.#reason !== reason;
    if (isNew) this.#set('waiting', reason);
  }

  #set(state: PullState, reason: string | undefined): void {
    this.#state = state;
    this.#reason = reason;
    this.#sinceWallMs = this.#options.clock.wallMs();
    if (state !== 'waiting') this.#options.onChange(this.overview());
  }
}

/** The source may use its memory again. */
function owned(media: SourceMedia): SourceMedia {
  return { ...media, payload: Uint8Array.from(media.payload) };
}

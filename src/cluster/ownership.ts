import type { Clock, Publication, Registry, StreamId } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import type { NewOwner, StreamOwner } from '../store/index.ts';

/** What ownership needs of the database. */
export interface OwnerTable {
  readonly isReady: boolean;
  own(owner: NewOwner): Promise<StreamOwner>;
  end(id: StreamId, nodeId: string): Promise<void>;
}

export type OwnershipOptions = {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly table: OwnerTable;
  readonly nodeId: string;
  /** Another node owns a stream now, or it has ended there. */
  readonly onChange: (id: StreamId) => void;
  /** A stream that was published here is published elsewhere by now. */
  readonly onCeded: (owner: StreamOwner) => void;
  readonly onFailure: (error: unknown) => void;
};

type Own = Pick<NewOwner, 'timeZeroWallMs'> & {
  epoch: number;
  readonly beganDtsMs: number;
  readonly beganMs: number;
  /** The database was told, and has said which epoch it is. */
  isTold: boolean;
  isConfirmed: boolean;
};

/** `heardMs`: when it was heard of, by this node's monotonic clock. */
type Known = StreamOwner & { readonly heardMs: number };

/** Where a stream goes on, at the least. */
export type GoesOn = { readonly atMs: number; readonly segment: number };

/** No plan makes shorter ones, but where the encoder comes anew. */
const LEAST_SEGMENT_MS = 1000;
/** Streams that ended are remembered by their epochs, and by where their past is, for as long as there are not more. */
const MOST_KNOWN = 20_000;

/**
 * Which node publishes which stream. Whoever publishes takes the stream with the next epoch, at once; the database is
 * told, and tells everybody. Whoever hears of a higher epoch than its own gives the stream up.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #own = new Map<string, Own>();
  readonly #known = new Map<string, Known>();
  readonly #stopListening: () => void;
  readonly #working = new Set<Promise<void>>();

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen({
      published: (publication) => this.#published(publication),
      ended: ({ id }) => this.#ended(id),
    });
  }

  /** The node that publishes a stream, or is the last known to; undefined where it has ended, or is not known. */
  ownerOf(id: StreamId): StreamOwner | undefined {
    const known = this.#known.get(streamKey(id));
    return known?.isEnded ? undefined : known;
  }

  /** The streams that other nodes publish. */
  *elsewhere(): Generator<StreamOwner> {
    const { nodeId } = this.#options;
    for (const owner of this.#known.values()) if (!owner.isEnded && owner.nodeId !== nodeId) yield owner;
  }

  /** The node that publishes a stream, or published it last, as far as is known. */
  lastOwnerOf(id: StreamId): string | undefined {
    return this.#known.get(streamKey(id))?.nodeId;
  }

  /** By which ownership this node sends a stream. */
  epochOf(id: StreamId): number {
    return this.#own.get(streamKey(id))?.epoch ?? 0;
  }

  /** The stream time at which a stream goes on that was published before and has not ended; undefined where none was. */
  goesOnAtMs(id: StreamId): number | undefined {
    const owner = this.#known.get(streamKey(id));
    if (!owner || owner.isEnded) return undefined;
    const { beganDtsMs, timeZeroWallMs } = owner;
    if (beganDtsMs === null) return Math.max(0, Math.round(this.#options.clock.wallMs() - timeZeroWallMs));
    return Math.round(beganDtsMs + this.#ownedForMs(owner));
  }

  /** Above all segments that other owners of a stream can have made; 0 where nothing is known of any. */
  leastSegment(id: StreamId): number {
    const owner = this.#known.get(streamKey(id));
    if (!owner || owner.firstSegment === null || owner.nodeId === this.#options.nodeId) return 0;
    return owner.firstSegment + Math.ceil(this.#ownedForMs(owner) / LEAST_SEGMENT_MS) + 2;
  }

  /** By which ownership this node would publish a stream now. */
  nextEpoch(id: StreamId): number {
    return (this.#known.get(streamKey(id))?.epoch ?? 0) + 1;
  }

  /** The database or another node says who publishes a stream. */
  heard(owner: StreamOwner): void {
    const { domain, app, name, nodeId, epoch } = owner;
    const id = { domain, app, name };
    const key = streamKey(id);
    const before = this.#known.get(key);
    const own = this.#own.get(key);
    const isOld = nodeId !== this.#options.nodeId && own !== undefined && epoch <= own.epoch;
    if (isOld || (before && epoch < before.epoch)) return;
    this.#know(key, owner);
    if (nodeId === this.#options.nodeId) {
      if (own && epoch > own.epoch) own.epoch = epoch;
      if (before?.isEnded && !own && !owner.isEnded) this.#endAgain(id, before);
      return;
    }
    // What is not confirmed may be later than what is heard: the database decides.
    if (own?.isConfirmed && !owner.isEnded) this.#cede(id, owner);
    if (before?.epoch !== epoch || before.isEnded !== owner.isEnded) this.#options.onChange(id);
  }

  /** Whatever wall clocks say, but for what went by before this node heard of it: that is by the database's. */
  #ownedForMs({ ageMs, heardMs }: Known): number {
    return Math.max(0, ageMs) + this.#options.clock.nowMs() - heardMs;
  }

  /** The database is there: it is told of what it does not know yet. */
  tellAgain(): void {
    for (const { id } of this.#options.registry.streams()) {
      const own = this.#own.get(streamKey(id));
      if (own && !own.isTold) this.#tell(id, own);
    }
  }

  /** The node goes: no stream that ends with it has come to its end. */
  leave(): void {
    this.#stopListening();
  }

  /** Streams that ended before are told of. */
  async close(): Promise<void> {
    this.leave();
    await Promise.all(this.#working);
  }

  #published({ stream, isResumed }: Publication): void {
    const { id } = stream;
    if (isResumed) return;
    const { clock, nodeId } = this.#options;
    const key = streamKey(id);
    const epoch = this.nextEpoch(id);
    const beganDtsMs = stream.resumeDtsMs();
    const facts = { timeZeroWallMs: clock.wallMs() - beganDtsMs, beganDtsMs, firstSegment: stream.segment };
    const own = { ...facts, beganMs: clock.nowMs(), epoch, isTold: false, isConfirmed: false };
    this.#own.set(key, own);
    this.#know(key, { ...id, ...facts, nodeId, epoch, ageMs: 0, isEnded: false });
    this.#tell(id, own);
  }

  #ended(id: StreamId): void {
    const { table, nodeId } = this.#options;
    const key = streamKey(id);
    const known = this.#known.get(key);
    this.#own.delete(key);
    if (known?.nodeId !== nodeId) return;
    this.#know(key, { ...known, isEnded: true });
    if (table.isReady) this.#work(table.end(id, nodeId));
  }

  /** It ended while the database was away. */
  #endAgain(id: StreamId, ended: StreamOwner): void {
    const { table, nodeId } = this.#options;
    this.#know(streamKey(id), ended);
    if (table.isReady) this.#work(table.end(id, nodeId));
  }

  #know(key: string, owner: StreamOwner): void {
    const before = this.#known.get(key);
    // What is heard again is as old as when it was heard first; an age by a clock that was set is none.
    const isAgain = before?.epoch === owner.epoch && before.nodeId === owner.nodeId;
    const { ageMs, heardMs } = isAgain ? before : { ageMs: owner.ageMs, heardMs: this.#options.clock.nowMs() };
    this.#known.delete(key);
    this.#known.set(key, { ...owner, ageMs, heardMs });
    if (this.#known.size <= MOST_KNOWN) return;
    for (const [each, { isEnded }] of this.#known) {
      if (!isEnded) continue;
      this.#known.delete(each);
      return;
    }
  }

  #cede(id: StreamId, owner: StreamOwner): void {
    // What is said of its end is said by the older epoch.
    this.#options.registry.cede(id);
    this.#own.delete(streamKey(id));
    this.#options.onCeded(owner);
  }

  #tell(id: StreamId, own: Own): void {
    const { table, nodeId, clock, registry } = this.#options;
    if (!table.isReady) return;
    own.isTold = true;
    const { timeZeroWallMs, epoch: leastEpoch } = own;
    // The database may have been away since it began.
    const beganDtsMs = own.beganDtsMs + clock.nowMs() - own.beganMs;
    const firstSegment = registry.publicationOf(id)?.stream.segment ?? null;
    const tell = async () => {
      try {
        const owner = await table.own({ ...id, nodeId, timeZeroWallMs, beganDtsMs, firstSegment, leastEpoch });
        own.isConfirmed = true;
        // It may have ended in the meantime.
        if (this.#own.get(streamKey(id)) === own) this.heard(owner);
        else if (!this.#own.has(streamKey(id))) await table.end(id, nodeId);
      } catch (error) {
        own.isTold = false;
        throw error;
      }
    };
    this.#work(tell());
  }

  #work(work: Promise<void>): void {
    const done = work.catch(this.#options.onFailure).finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}

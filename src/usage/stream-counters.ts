import type { Registry, StreamId } from '../live/index.ts';
import type { Amount, CountedViewer, DoneKind, SentBytes, UsageMeter, UsagePlace } from './usage-meter.ts';
import { SOURCE, type UsageDoor } from './usage-row.ts';

/** Usage as those who deliver know it: by the names that streams and renditions play under. */
export class StreamCounters {
  readonly #meter: UsageMeter;
  readonly #registry: Pick<Registry, 'find' | 'ownerOf'>;

  constructor(meter: UsageMeter, registry: Pick<Registry, 'find' | 'ownerOf'>) {
    this.#meter = meter;
    this.#registry = registry;
  }

  /** @param owner whose rendition it is, for one that may not be live any more */
  placeOf(id: StreamId, owner: StreamId = this.#registry.ownerOf(id)): UsagePlace {
    const { domain, app, name: stream } = owner;
    const template = id.name === stream ? SOURCE : id.name.slice(stream.length + 1);
    return { domain, app, stream, template };
  }

  /** What counts the bytes to a viewer, or of an answer. */
  sent(id: StreamId, door: UsageDoor, isSecure: boolean, owner?: StreamId): SentBytes {
    return this.#meter.sent(this.placeOf(id, owner), door, isSecure);
  }

  /** A viewer was let in; `who` tells him from others. */
  joined(id: StreamId, door: UsageDoor, who: string): CountedViewer {
    return this.#meter.joined(this.placeOf(id), door, who);
  }

  /** Something was done that is no delivery. */
  did(id: StreamId, kind: DoneKind, amount: Amount, detail = '', owner?: StreamId): void {
    const { template, ...stream } = this.placeOf(id, owner);
    this.#meter.did(stream, kind, amount, { template, detail });
  }

  /** An answer of HTTP. Of names that are not live the refused ones are counted together, as anybody can think of some. */
  answered(id: StreamId, door: UsageDoor, status: number): void {
    const isNamed = status < 400 || this.#registry.find(id) !== undefined;
    const { domain, app, stream } = this.placeOf(id);
    this.#meter.answered(isNamed ? { domain, app, stream } : { domain, app: '', stream: '' }, door, status);
  }
}

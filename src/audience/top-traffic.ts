import { HeavyHitters, type Hitter } from './heavy-hitters.ts';

/** By what traffic is ranked. */
export const TOP_KINDS = ['stream', 'address', 'referer', 'agent'] as const;
export type TopKind = (typeof TOP_KINDS)[number];

/** What some bytes are counted under; a kind that nothing is known of is left out. */
export type TopValues = Partial<Record<TopKind, string>>;

/** The top of one domain; `totalBytes` is exact. */
export type DomainTop = { readonly domain: string; readonly totalBytes: number; readonly top: readonly Hitter[] };

type DomainSlot = { totalBytes: number; readonly kinds: Record<TopKind, HeavyHitters> };
type Slot = { readonly startMs: number; endMs: number; readonly domains: Map<string, DomainSlot> };

const CAPACITY = 256;
const SLOT_MS = 600_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Who gets the most bytes, in the last hour by ten minutes and in the last day by hours. Each domain has its own lists of a
 * few hundred values, so that nobody's strangers crowd out another's.
 */
export class TopTraffic {
  /** The oldest first. */
  #slots: Slot[] = [];

  add(domain: string, bytes: number, values: TopValues, wallMs: number): void {
    if (bytes <= 0) return;
    const slot = domainIn(this.#slotAt(wallMs), domain);
    slot.totalBytes += bytes;
    for (const kind of TOP_KINDS) {
      const value = values[kind];
      if (value !== undefined) slot.kinds[kind].add(value, bytes);
    }
  }

  /** What was counted since about then, by domain; `fromMs` is when the counting began. */
  since(kind: TopKind, sinceMs: number): { readonly fromMs: number | undefined; readonly domains: DomainTop[] } {
    const slots = this.#slots.filter(({ endMs }) => endMs > sinceMs);
    const sums = new Map<string, { totalBytes: number; values: Map<string, Hitter> }>();
    for (const [domain, { totalBytes, kinds }] of slots.flatMap((slot) => [...slot.domains])) {
      const sum = sums.get(domain) ?? { totalBytes: 0, values: new Map<string, Hitter>() };
      sums.set(domain, sum);
      sum.totalBytes += totalBytes;
      for (const hitter of kinds[kind].values())
        sum.values.set(hitter.value, added(sum.values.get(hitter.value), hitter));
    }
    const domains = [...sums].map(([domain, { totalBytes, values }]) => ({
      domain,
      totalBytes,
      top: [...values.values()].sort((a, b) => b.bytes - a.bytes),
    }));
    return { fromMs: slots[0]?.startMs, domains };
  }

  /** Everything as JSON, for the next start. */
  toJson(): unknown {
    return this.#slots.map(({ startMs, endMs, domains }) => ({
      startMs,
      endMs,
      domains: [...domains].map(([domain, { totalBytes, kinds }]) => ({
        domain,
        totalBytes,
        kinds: Object.fromEntries(TOP_KINDS.map((kind) => [kind, [...kinds[kind].values()]])),
      })),
    }));
  }

  /** Goes on with what a start before counted. */
  restore(slots: readonly SavedSlot[]): void {
    for (const { startMs, endMs, domains } of slots) {
      const slot: Slot = { startMs, endMs, domains: new Map() };
      for (const { domain, totalBytes, kinds } of domains) {
        const into = domainIn(slot, domain);
        into.totalBytes += totalBytes;
        for (const kind of TOP_KINDS) {
          for (const { value, bytes, uncertainBytes } of kinds[kind] ?? [])
            into.kinds[kind].add(value, bytes, uncertainBytes);
        }
      }
      this.#slots.push(slot);
    }
    this.#slots.sort((a, b) => a.startMs - b.startMs);
  }

  #slotAt(wallMs: number): Slot {
    const last = this.#slots.at(-1);
    if (last && wallMs < last.endMs) return last;
    const startMs = Math.floor(wallMs / SLOT_MS) * SLOT_MS;
    const slot = { startMs, endMs: startMs + SLOT_MS, domains: new Map() };
    this.#slots = [...joinedByHour(this.#slots, wallMs - HOUR_MS), slot].filter(({ endMs }) => endMs > wallMs - DAY_MS);
    return slot;
  }
}

/** What `TopTraffic` was saved as. */
export type SavedSlot = {
  readonly startMs: number;
  readonly endMs: number;
  readonly domains: readonly {
    readonly domain: string;
    readonly totalBytes: number;
    readonly kinds: Partial<Record<TopKind, readonly Hitter[]>>;
  }[];
};

/** Slots from before `beforeMs` become one for each hour. */
function joinedByHour(slots: readonly Slot[], beforeMs: number): Slot[] {
  const joined: Slot[] = [];
  for (const slot of slots) {
    const last = joined.at(-1);
    const isSameHour = last && Math.floor(last.startMs / HOUR_MS) === Math.floor(slot.startMs / HOUR_MS);
    if (last && isSameHour && slot.endMs <= beforeMs) addTo(last, slot);
    else joined.push(slot);
  }
  return joined;
}

function addTo(into: Slot, slot: Slot): void {
  into.endMs = slot.endMs;
  for (const [domain, { totalBytes, kinds }] of slot.domains) {
    const sum = domainIn(into, domain);
    sum.totalBytes += totalBytes;
    for (const kind of TOP_KINDS) {
      for (const { value, bytes, uncertainBytes } of kinds[kind].values())
        sum.kinds[kind].add(value, bytes, uncertainBytes);
    }
  }
}

function domainIn({ domains }: Slot, domain: string): DomainSlot {
  const known = domains.get(domain);
  if (known) return known;
  const hitters = () => new HeavyHitters(CAPACITY);
  const made = {
    totalBytes: 0,
    kinds: { stream: hitters(), address: hitters(), referer: hitters(), agent: hitters() },
  };
  domains.set(domain, made);
  return made;
}

function added(sum: Hitter | undefined, { value, bytes, uncertainBytes }: Hitter): Hitter {
  return { value, bytes: bytes + (sum?.bytes ?? 0), uncertainBytes: uncertainBytes + (sum?.uncertainBytes ?? 0) };
}

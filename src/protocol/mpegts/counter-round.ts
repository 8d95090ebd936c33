import { mostUnitPackets } from './packet.ts';
import type { Unit } from './unit-plan.ts';

const COUNTER_VALUES = 16;

/** Units whose packets fill whole rounds of the 4-bit continuity counters, and what else that takes. */
export type RoundPlan = {
  readonly units: readonly Unit[];
  /** PAT and PMT at the start of the segment. */
  readonly tablesAtStart: number;
  /** Kinds that have too few bytes to fill a round; their counters are reset at the end. */
  readonly kindsToReset: readonly Unit['head']['kind'][];
};

/**
 * Makes the number of packets of each PID a multiple of 16, so that counters begin at 0 in every segment and yet go on
 * from one to the next. Tables are repeated more often, evenly; the last PES packets are spread over more packets.
 */
export function fillCounterRounds(units: readonly Unit[]): RoundPlan {
  const spread = [...units];
  const kindsToReset = (['video', 'audio'] as const).filter((kind) => spreadLast(spread, kind) > 0);
  const tables = spread.reduce((sum, unit) => sum + unit.tablesBefore, 1);
  const extraTables = missing(tables);
  const evenly = spread.map((unit, index) => {
    const before = Math.floor((index * extraTables) / spread.length);
    const more = Math.floor(((index + 1) * extraTables) / spread.length) - before;
    return more === 0 ? unit : { ...unit, tablesBefore: unit.tablesBefore + more };
  });
  return { units: evenly, tablesAtStart: spread.length === 0 ? COUNTER_VALUES : 1, kindsToReset };
}

/** Spreads the last PES packets of a kind; returns how many packets are missing still. */
function spreadLast(units: Unit[], kind: Unit['head']['kind']): number {
  const packets = units.reduce((sum, unit) => sum + (unit.head.kind === kind ? unit.packetCount : 0), 0);
  let wanted = missing(packets);
  for (let index = units.length - 1; index >= 0 && wanted > 0; index--) {
    const unit = units[index];
    if (unit?.head.kind !== kind) continue;
    const more = Math.min(wanted, mostUnitPackets(unit.data.length) - unit.packetCount);
    units[index] = { ...unit, packetCount: unit.packetCount + more };
    wanted -= more;
  }
  return wanted;
}

/** How many packets are missing to a multiple of 16. */
function missing(packets: number): number {
  return (COUNTER_VALUES - (packets % COUNTER_VALUES)) % COUNTER_VALUES;
}

import { BitReader } from '../protocol/bytes/index.ts';
import {
  type AvcConfig,
  type AvcSps,
  decodeAvcConfig,
  decodeAvcSps,
  encodeAvcConfig,
  rbspOf,
} from '../protocol/h264/index.ts';

/** How pictures have to be encoded so that they stand beside those of a source. */
export type AvcLikeness = {
  /** As libx264 calls it. */
  readonly profile: string;
  readonly level: string;
  readonly references: number;
  /** Of the SPS and the PPS: one that the source does not use, so that both can be known at once. */
  readonly parameterSetId: number;
};

const PROFILES: Readonly<Record<number, string>> = {
  66: 'baseline',
  77: 'main',
  88: 'main',
  100: 'high',
  110: 'high10',
  122: 'high422',
  244: 'high444',
};
const MAX_SPS_ID = 31;
/** Profile, constraint flags and level come before the id of an SPS. */
const SPS_ID_AT = 3;
const PPS_ID_AT = 0;
const LEVEL_1B = 9;
const CONSTRAINT_SET_3 = 0x10;

/**
 * Throws an error that says why pictures like those of the source can't be made.
 *
 * @param parameterSet which of the free ids: 0 for the first
 */
export function avcLikeness(config: Uint8Array, parameterSet: number): AvcLikeness {
  const record = decodeAvcConfig(config);
  const [first] = record.sps;
  if (!first) throw new Error('the source has no sequence parameter set');
  const sps = decodeAvcSps(first);
  const profile = PROFILES[sps.profile];
  if (profile === undefined) throw new Error(`the source has H.264 profile ${sps.profile}`);
  if (sps.isInterlaced) throw new Error('the source is interlaced');
  const references = Math.min(16, Math.max(1, sps.maxReferenceFrames));
  return { profile, level: levelOf(sps), references, parameterSetId: freeId(record, parameterSet) };
}

function levelOf({ level, profile, constraintFlags }: AvcSps): string {
  const isExtended = profile === 66 || profile === 77 || profile === 88;
  const is1b = level === LEVEL_1B || (level === 11 && isExtended && (constraintFlags & CONSTRAINT_SET_3) !== 0);
  return is1b ? '1b' : `${Math.floor(level / 10)}.${level % 10}`;
}

function freeId({ sps, pps }: AvcConfig, index: number): number {
  const ids = [
    ...sps.map((set) => parameterSetId(set, SPS_ID_AT)),
    ...pps.map((set) => parameterSetId(set, PPS_ID_AT)),
  ];
  const taken = new Set(ids);
  const free = Array.from({ length: MAX_SPS_ID + 1 }, (_, id) => id).filter((id) => !taken.has(id));
  const id = free[index];
  if (id === undefined) throw new Error('the source uses all parameter set ids');
  return id;
}

/** seq_parameter_set_id or pic_parameter_set_id (ISO/IEC 14496-10, 7.3.2). */
function parameterSetId(nalUnit: Uint8Array, idAt: number): number {
  const reader = new BitReader(rbspOf(nalUnit).subarray(idAt), 'H.264 parameter set');
  return reader.ue();
}

/**
 * A record with the parameter sets of others behind its own, as far as their ids are free. So a player that takes no
 * second sample description, or only the first one, can decode all pictures.
 */
export function withParameterSets(config: Uint8Array, ...beside: readonly Uint8Array[]): Uint8Array {
  const own = decodeAvcConfig(config);
  const others = beside.map((each) => decodeAvcConfig(each));
  const sps = withOthers(
    own.sps,
    others.flatMap((each) => each.sps),
    SPS_ID_AT,
  );
  const pps = withOthers(
    own.pps,
    others.flatMap((each) => each.pps),
    PPS_ID_AT,
  );
  const isSame = sps.length === own.sps.length && pps.length === own.pps.length;
  return isSame ? config : encodeAvcConfig({ ...own, sps, pps });
}

function withOthers(own: readonly Uint8Array[], others: readonly Uint8Array[], idAt: number): Uint8Array[] {
  const sets = [...own];
  const taken = new Set(own.map((set) => parameterSetId(set, idAt)));
  for (const set of others) {
    const id = parameterSetId(set, idAt);
    if (!taken.has(id)) sets.push(set);
    taken.add(id);
  }
  return sets;
}

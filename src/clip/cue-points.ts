import type { DataPacket } from '../live/index.ts';
import { type Amf0Object, type Amf0Value, decodeAmf0, isAmf0Object } from '../protocol/amf/index.ts';
import { markerName } from './marker.ts';
import type { MarkerToSet } from './markers.ts';

const MAX_BYTES = 16_384;
const LIMITS = { maxDepth: 6, maxValues: 100 };
/** What encoders call it where the cue point itself has no name. */
const NAMES = ['name', 'title', 'label', 'text'] as const;
const BETWEEN_MS = 1000;

/** The name in an `onCuePoint` message, bare or after `@setDataFrame`; undefined for anything else. */
export function cuePointName(payload: Uint8Array): string | undefined {
  if (payload.length > MAX_BYTES) return undefined;
  const values = decoded(payload);
  const at = values[0] === '@setDataFrame' ? 1 : 0;
  const cue = values[at + 1];
  if (values[at] !== 'onCuePoint' || cue === undefined || !isAmf0Object(cue)) return undefined;
  const own = textIn(cue, ['name']);
  if (own !== '' || cue.parameters === undefined) return own;
  return isAmf0Object(cue.parameters) ? textIn(cue.parameters, NAMES) : '';
}

/** Makes markers of one stream's cue points; of those that come too fast after another it makes none. */
export class CuePoints {
  #lastDtsMs = Number.NEGATIVE_INFINITY;

  /**
   * The marker to set. It is put where the message came: a cue point's own `time` counts from a start that only its
   * encoder knows.
   */
  markerOf({ data, dtsMs, wallMs }: DataPacket): MarkerToSet | undefined {
    // Most messages are onMetaData; they are looked at only when one could be a marker.
    if (dtsMs - this.#lastDtsMs < BETWEEN_MS) return undefined;
    const name = cuePointName(data);
    if (name === undefined) return undefined;
    this.#lastDtsMs = dtsMs;
    return { atWallMs: wallMs, name, by: 'cue_point' };
  }
}

function decoded(payload: Uint8Array): Amf0Value[] {
  try {
    return decodeAmf0(payload, LIMITS);
  } catch {
    return [];
  }
}

function textIn(record: Amf0Object, names: readonly string[]): string {
  const texts = names.map((name) => record[name]).filter((value) => typeof value === 'string');
  return texts.map(markerName).find((text) => text !== '') ?? '';
}

import { BitReader, MalformedError } from '../bytes/index.ts';

const structure = 'AAC raw_data_block';
const element = { single: 0, pair: 1, lfe: 3, data: 4, fill: 6, end: 7 } as const;
const eightShort = 2;

type Bands = { readonly count: number; readonly groups: number; readonly lengthBits: number };

/**
 * Whether an access unit of AAC-LC, or the core of one with SBR, has no spectrum at all (ISO/IEC 14496-3, 4.4.2): what
 * encoders make of digital silence, at whatever bit rate. False for what is malformed or not understood.
 */
export function isSilentAac(frame: Uint8Array): boolean {
  const reader = new BitReader(frame, structure);
  try {
    for (let hasChannels = false; ; ) {
      const kind = reader.bits(3);
      if (kind === element.end) return hasChannels;
      if (kind === element.fill) skipFill(reader);
      else if (kind === element.data) skipData(reader);
      else if (!isSilentElement(reader, kind)) return false;
      else hasChannels = true;
    }
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function isSilentElement(reader: BitReader, kind: number): boolean {
  const isPair = kind === element.pair;
  if (!isPair && kind !== element.single && kind !== element.lfe) return false;
  reader.skip(4);
  if (!isPair) return isSilentChannel(reader, undefined);
  const common = reader.flag() ? readBands(reader) : undefined;
  if (common && reader.bits(2) === 1) reader.skip(common.count * common.groups);
  return isSilentChannel(reader, common) && isSilentChannel(reader, common);
}

/** `individual_channel_stream`; any of its tools means that there is something to hear. */
function isSilentChannel(reader: BitReader, common: Bands | undefined): boolean {
  reader.skip(8);
  const bands = common ?? readBands(reader);
  for (let group = 0; group < bands.groups; group++) {
    for (let band = 0; band < bands.count; ) {
      if (reader.bits(4) !== 0) return false;
      band += readLength(reader, bands.lengthBits);
    }
  }
  const hasTool = reader.flag() || reader.flag() || reader.flag();
  return !hasTool;
}

function readLength(reader: BitReader, lengthBits: number): number {
  const full = 2 ** lengthBits - 1;
  let length = 0;
  for (;;) {
    const more = reader.bits(lengthBits);
    length += more;
    if (more !== full) return length;
  }
}

/** `ics_info`; prediction is not of AAC-LC. */
function readBands(reader: BitReader): Bands {
  reader.skip(1);
  const isShort = reader.bits(2) === eightShort;
  reader.skip(1);
  if (!isShort) {
    const count = reader.bits(6);
    if (reader.flag()) throw new MalformedError('UNSUPPORTED', structure, 'prediction');
    return { count, groups: 1, lengthBits: 5 };
  }
  const count = reader.bits(4);
  const joined = [...reader.bits(7).toString(2)].filter((bit) => bit === '1').length;
  return { count, groups: 8 - joined, lengthBits: 3 };
}

function skipFill(reader: BitReader): void {
  const count = reader.bits(4);
  reader.skip(8 * (count === 15 ? 14 + reader.bits(8) : count));
}

function skipData(reader: BitReader): void {
  reader.skip(4);
  const isAligned = reader.flag();
  const count = reader.bits(8);
  const bytes = count === 255 ? 255 + reader.bits(8) : count;
  if (isAligned) reader.skip((8 - (reader.bitOffset % 8)) % 8);
  reader.skip(8 * bytes);
}

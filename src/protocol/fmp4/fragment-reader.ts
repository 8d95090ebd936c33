import { ByteReader, MalformedError } from '../bytes/index.ts';
import { BoxReader, boxAt, boxesIn } from './box-reader.ts';

/** A track of a fragmented file, as far as a sample of it needs to be understood. */
export type ReadTrack = {
  readonly trackId: number;
  readonly codec: 'h264' | 'h265' | 'av1' | 'aac';
  readonly timescale: number;
  /** The decoder configuration record, or the AudioSpecificConfig. */
  readonly config: Uint8Array;
};

export type ReadSample = {
  readonly track: ReadTrack;
  readonly dts: number;
  readonly compositionOffset: number;
  readonly isSync: boolean;
  readonly data: Uint8Array;
};

type Defaults = { readonly durationTicks: number; readonly sizeBytes: number; readonly flags: number };
type Moof = { readonly body: Uint8Array; readonly headerAt: number };

const VISUAL_ENTRY_BYTES = 78;
const AUDIO_ENTRY_BYTES = 28;
const NOT_SYNC = 0x10000;
const MAX_SAMPLES = 100_000;

const CONFIG_BOXES = {
  avc1: { box: 'avcC', codec: 'h264' },
  hvc1: { box: 'hvcC', codec: 'h265' },
  hev1: { box: 'hvcC', codec: 'h265' },
  av01: { box: 'av1C', codec: 'av1' },
} as const;

/** Takes a fragmented MP4 file (ISO/IEC 14496-12, 8.8) in pieces and gives its samples in the order of the file. */
export class FragmentReader {
  readonly #boxes: BoxReader;
  readonly #tracks = new Map<number, ReadTrack>();
  #defaults = new Map<number, Defaults>();
  #moof: Moof | undefined;

  constructor(options: { readonly maxBoxBytes?: number } = {}) {
    this.#boxes = new BoxReader(options.maxBoxBytes ?? 16 * 1024 * 1024);
  }

  push(bytes: Uint8Array): ReadSample[] {
    const samples: ReadSample[] = [];
    for (const { type, body } of this.#boxes.push(bytes)) {
      if (type === 'moov') this.#readMovie(body);
      else if (type === 'moof') this.#moof = { body, headerAt: body.length + 8 };
      else if (type === 'mdat' && this.#moof) {
        samples.push(...this.#samplesOf(this.#moof, body));
        this.#moof = undefined;
      }
    }
    return samples;
  }

  #readMovie(body: Uint8Array): void {
    this.#defaults = new Map(
      boxesIn(boxAt(body, 'mvex') ?? new Uint8Array(0)).flatMap(({ type, body: trex }) => {
        return type === 'trex' ? [readTrex(trex)] : [];
      }),
    );
    for (const box of boxesIn(body)) {
      const track = box.type === 'trak' ? readTrack(box.body) : undefined;
      if (track) this.#tracks.set(track.trackId, track);
    }
  }

  #samplesOf(moof: Moof, mdat: Uint8Array): ReadSample[] {
    const samples: ReadSample[] = [];
    for (const { type, body } of boxesIn(moof.body)) {
      if (type === 'traf') this.#readTraf(body, moof, mdat, samples);
    }
    return samples;
  }

  #readTraf(traf: Uint8Array, { headerAt }: Moof, mdat: Uint8Array, into: ReadSample[]): void {
    const { trackId, ...defaults } = this.#readTfhd(required(traf, 'tfhd'));
    const track = this.#tracks.get(trackId);
    let dts = readTfdt(required(traf, 'tfdt'));
    for (const { type, body } of boxesIn(traf)) {
      if (type !== 'trun') continue;
      const run = readTrun(body, defaults);
      // Offsets count from the moof's first byte; the mdat's payload begins 8 bytes after its end.
      let at = run.dataOffset - headerAt - 8;
      for (const sample of run.samples) {
        const data = at < 0 ? undefined : mdat.subarray(at, at + sample.sizeBytes);
        if (data?.length !== sample.sizeBytes) throw new MalformedError('SHORT_READ', 'trun', 'points past its mdat');
        const isSync = (sample.flags & NOT_SYNC) === 0;
        if (track) into.push({ track, dts, compositionOffset: sample.compositionOffset, isSync, data });
        dts += sample.durationTicks;
        at += sample.sizeBytes;
      }
    }
  }

  #readTfhd(body: Uint8Array): Defaults & { readonly trackId: number } {
    const reader = new ByteReader(body, 'tfhd');
    const flags = reader.u32() & 0xffffff;
    const trackId = reader.u32();
    const defaults = this.#defaults.get(trackId) ?? { durationTicks: 0, sizeBytes: 0, flags: 0 };
    if (flags & 0x1) throw new MalformedError('UNSUPPORTED', 'tfhd', 'has a base data offset');
    if (flags & 0x2) reader.skip(4);
    return {
      trackId,
      durationTicks: flags & 0x8 ? reader.u32() : defaults.durationTicks,
      sizeBytes: flags & 0x10 ? reader.u32() : defaults.sizeBytes,
      flags: flags & 0x20 ? reader.u32() : defaults.flags,
    };
  }
}

function required(bytes: Uint8Array, type: string): Uint8Array {
  const body = boxAt(bytes, type);
  if (!body) throw new MalformedError('BAD_VALUE', 'MP4 box', `has no ${type}`);
  return body;
}

function readTrex(body: Uint8Array): [number, Defaults] {
  const reader = new ByteReader(body, 'trex');
  reader.skip(4);
  const trackId = reader.u32();
  reader.skip(4);
  return [trackId, { durationTicks: reader.u32(), sizeBytes: reader.u32(), flags: reader.u32() }];
}

function readTrack(trak: Uint8Array): ReadTrack | undefined {
  const head = new ByteReader(required(trak, 'tkhd'), 'tkhd');
  head.skip(head.u8() === 1 ? 19 : 11);
  const trackId = head.u32();
  const media = new ByteReader(required(required(trak, 'mdia'), 'mdhd'), 'mdhd');
  media.skip(media.u8() === 1 ? 19 : 11);
  const timescale = media.u32();
  const entries = boxAt(trak, 'mdia', 'minf', 'stbl', 'stsd')?.subarray(8);
  const [entry] = entries ? boxesIn(entries) : [];
  const described = entry && describe(entry.type, entry.body);
  return described && timescale > 0 ? { trackId, timescale, ...described } : undefined;
}

function describe(type: string, body: Uint8Array): Pick<ReadTrack, 'codec' | 'config'> | undefined {
  if (type === 'mp4a') {
    const esds = boxAt(body.subarray(AUDIO_ENTRY_BYTES), 'esds');
    return esds && { codec: 'aac', config: specificInfo(esds) };
  }
  if (!Object.hasOwn(CONFIG_BOXES, type)) return undefined;
  const { box, codec } = CONFIG_BOXES[type as keyof typeof CONFIG_BOXES];
  const config = boxAt(body.subarray(VISUAL_ENTRY_BYTES), box);
  return config && { codec, config };
}

/** The DecoderSpecificInfo within an esds box (ISO/IEC 14496-1, 7.2.6). */
function specificInfo(esds: Uint8Array): Uint8Array {
  const reader = new ByteReader(esds, 'esds');
  reader.skip(4);
  while (reader.remaining > 0) {
    const tag = reader.u8();
    const length = descriptorLength(reader);
    if (tag === 0x05) return reader.bytes(length);
    if (tag === 0x03) reader.skip(3);
    else if (tag === 0x04) reader.skip(13);
    else reader.skip(length);
  }
  throw new MalformedError('BAD_VALUE', 'esds', 'has no DecoderSpecificInfo');
}

function descriptorLength(reader: ByteReader): number {
  let length = 0;
  for (let count = 0; count < 4; count++) {
    const byte = reader.u8();
    length = length * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) break;
  }
  return length;
}

function readTfdt(body: Uint8Array): number {
  const reader = new ByteReader(body, 'tfdt');
  const version = reader.u8();
  reader.skip(3);
  return version === 1 ? reader.u64() : reader.u32();
}

type Run = {
  readonly dataOffset: number;
  readonly samples: readonly (Defaults & { readonly compositionOffset: number })[];
};

function readTrun(body: Uint8Array, defaults: Defaults): Run {
  const reader = new ByteReader(body, 'trun');
  const version = reader.u8();
  const flags = reader.u24();
  const count = reader.u32();
  const fields = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  if (count > MAX_SAMPLES || count * fields * 4 > reader.remaining) {
    throw new MalformedError('TOO_LARGE', 'trun', `declares ${count} samples`);
  }
  const dataOffset = flags & 0x1 ? reader.i32() : 0;
  const firstFlags = flags & 0x4 ? reader.u32() : undefined;
  const samples = Array.from({ length: count }, (_, index) => ({
    durationTicks: flags & 0x100 ? reader.u32() : defaults.durationTicks,
    sizeBytes: flags & 0x200 ? reader.u32() : defaults.sizeBytes,
    flags: flags & 0x400 ? reader.u32() : index === 0 ? (firstFlags ?? defaults.flags) : defaults.flags,
    compositionOffset: flags & 0x800 ? (version === 0 ? reader.u32() : reader.i32()) : 0,
  }));
  return { dataOffset, samples };
}

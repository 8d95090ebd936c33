import { ByteReader, MalformedError } from '../bytes/index.ts';
import { BoxReader, boxAt, boxesIn, requiredBox } from './box-reader.ts';
import { readMovieFragment, type SampleDefaults } from './movie-fragment.ts';

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

const VISUAL_ENTRY_BYTES = 78;
const AUDIO_ENTRY_BYTES = 28;

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
  #defaults = new Map<number, SampleDefaults>();
  #moof: Uint8Array | undefined;

  constructor(options: { readonly maxBoxBytes?: number } = {}) {
    this.#boxes = new BoxReader(options.maxBoxBytes ?? 16 * 1024 * 1024);
  }

  push(bytes: Uint8Array): ReadSample[] {
    const samples: ReadSample[] = [];
    for (const { type, body } of this.#boxes.push(bytes)) {
      if (type === 'moov') this.#readMovie(body);
      else if (type === 'moof') this.#moof = body;
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

  #samplesOf(moof: Uint8Array, mdat: Uint8Array): ReadSample[] {
    const samples: ReadSample[] = [];
    // Offsets count from the moof's first byte; the mdat's payload begins 8 bytes after its end.
    const payloadAt = moof.length + 16;
    for (const run of readMovieFragment(moof, (trackId) => this.#defaults.get(trackId)).runs) {
      const track = this.#tracks.get(run.trackId);
      let dts = run.baseMediaDecodeTime;
      let at = run.dataOffset - payloadAt;
      for (const { durationTicks, sizeBytes, compositionOffsetTicks, isSync } of run.samples) {
        const data = at < 0 ? undefined : mdat.subarray(at, at + sizeBytes);
        if (data?.length !== sizeBytes) throw new MalformedError('SHORT_READ', 'trun', 'points past its mdat');
        if (track) samples.push({ track, dts, compositionOffset: compositionOffsetTicks, isSync, data });
        dts += durationTicks;
        at += sizeBytes;
      }
    }
    return samples;
  }
}

function readTrex(body: Uint8Array): [number, SampleDefaults] {
  const reader = new ByteReader(body, 'trex');
  reader.skip(4);
  const trackId = reader.u32();
  reader.skip(4);
  return [trackId, { durationTicks: reader.u32(), sizeBytes: reader.u32(), flags: reader.u32() }];
}

function readTrack(trak: Uint8Array): ReadTrack | undefined {
  const head = new ByteReader(requiredBox(trak, 'tkhd'), 'tkhd');
  head.skip(head.u8() === 1 ? 19 : 11);
  const trackId = head.u32();
  const media = new ByteReader(requiredBox(requiredBox(trak, 'mdia'), 'mdhd'), 'mdhd');
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

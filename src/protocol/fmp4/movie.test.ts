import fc from 'fast-check';
import { createFile, type ISOFile, MP4BoxBuffer } from 'mp4box';
import { describe, expect, it } from 'vitest';
import { ByteReader, concat } from '../bytes/index.ts';
import { encodeMovie, type Fmp4Track, type MovieTrack, type SampleEntry, SampleTable } from './index.ts';

const video: Fmp4Track = {
  kind: 'video',
  trackId: 1,
  timescale: 90_000,
  codec: 'h264',
  config: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
  width: 1280,
  height: 720,
};
const smallVideo: Fmp4Track = {
  ...video,
  width: 320,
  height: 180,
  config: Uint8Array.of(1, 0x42, 0, 0x0d, 255, 0xe0, 0),
};
const audio: Fmp4Track = {
  kind: 'audio',
  trackId: 2,
  timescale: 48_000,
  codec: 'aac',
  config: Uint8Array.of(0x11, 0x90),
  sampleRate: 48_000,
  channels: 2,
};

function sample(changed: Partial<SampleEntry> = {}): SampleEntry {
  return { durationTicks: 3000, sizeBytes: 3, compositionOffsetTicks: 0, isSync: true, ...changed };
}

type Chunk = readonly [offset: number, description: number, samples: readonly SampleEntry[]];

function track(descriptions: MovieTrack['descriptions'], chunks: readonly Chunk[], startTicks = 0): MovieTrack {
  const samples = new SampleTable();
  for (const chunk of chunks) samples.addChunk(...chunk);
  return { descriptions, samples, startTicks };
}

const oneSample = track([video], [[0, 1, [sample()]]]);

/** The first box found by its path; undefined where there is none. */
function find(bytes: Uint8Array, ...[type, ...rest]: readonly string[]): ByteReader | undefined {
  const reader = new ByteReader(bytes, 'boxes');
  while (reader.remaining > 0) {
    const size = reader.u32();
    const found = reader.utf8(4);
    const payload = found === 'mdat' ? new Uint8Array(0) : reader.bytes(size - 8);
    if (found === type) return rest.length === 0 ? new ByteReader(payload, type) : find(payload, ...rest);
    if (found === 'mdat') return undefined;
  }
  return undefined;
}

const STBL = ['moov', 'trak', 'mdia', 'minf', 'stbl'];

function words(reader: ByteReader | undefined): number[] | undefined {
  if (!reader) return undefined;
  const values: number[] = [];
  while (reader.remaining > 0) values.push(reader.i32());
  return values;
}

function open(head: Uint8Array, payloadBytes: number): ISOFile {
  const file = createFile(true);
  const whole = concat([head, new Uint8Array(payloadBytes)]);
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(whole).buffer, 0));
  file.flush();
  return file;
}

describe('SampleTable', () => {
  const durations = (table: SampleTable) => [[...table.durations.counts.view()], [...table.durations.values.view()]];
  const ofThree = () => {
    const table = new SampleTable();
    table.addChunk(0, 1, [sample(), sample(), sample()]);
    return table;
  };

  it.each<[string, number, readonly number[][], number]>([
    [
      'stretches the last sample',
      10_000,
      [
        [2, 1],
        [3000, 4000],
      ],
      10_000,
    ],
    [
      'shortens it',
      8000,
      [
        [2, 1],
        [3000, 2000],
      ],
      8000,
    ],
    [
      'to nothing at most',
      100,
      [
        [2, 1],
        [3000, 0],
      ],
      6000,
    ],
    ['leaves it where it ends', 9000, [[3], [3000]], 9000],
    [
      'to what 32 bits hold',
      2 ** 33,
      [
        [2, 1],
        [3000, -1 >>> 0],
      ],
      6000 + 2 ** 32 - 1,
    ],
  ])('%s', (_name, ticks, expected, total) => {
    const table = ofThree();
    table.endAt(ticks);
    expect(durations(table)).toEqual(expected);
    expect(table.durationTicks).toBe(total);
    expect(table.shownToTicks).toBe(total);
  });

  it('knows when the first and the last picture are shown', () => {
    const table = new SampleTable();
    const at = (compositionOffsetTicks: number) => sample({ compositionOffsetTicks });
    table.addChunk(0, 1, [at(6000), at(9000), at(0), at(3000)]);
    expect([table.shownFromTicks, table.shownToTicks]).toEqual([6000, 15_000]);
  });
});

describe('encodeMovie', () => {
  it.each<[string, readonly MovieTrack[], string, readonly number[] | undefined]>([
    ['no ctts without composition offsets', [oneSample], 'ctts', undefined],
    [
      'ctts of version 0',
      [track([video], [[0, 1, [sample({ compositionOffsetTicks: 5 }), sample()]]])],
      'ctts',
      [0, 2, 1, 5, 1, 0],
    ],
    [
      'ctts of version 1 for negative offsets',
      [track([video], [[0, 1, [sample(), sample({ compositionOffsetTicks: -5 })]]])],
      'ctts',
      [0x01000000, 2, 1, 0, 1, -5],
    ],
    ['no stss where each sample is one to begin with', [oneSample], 'stss', undefined],
    ['stss', [track([video], [[0, 1, [sample(), sample({ isSync: false }), sample()]]])], 'stss', [0, 2, 1, 3]],
    [
      'stts',
      [track([video], [[0, 1, [sample(), sample(), sample({ durationTicks: 7 })]]])],
      'stts',
      [0, 2, 2, 3000, 1, 7],
    ],
    ['stsz', [track([video], [[0, 1, [sample(), sample({ sizeBytes: 9 })]]])], 'stsz', [0, 0, 2, 3, 9]],
    [
      'stsc where chunks change',
      [
        track(
          [video, smallVideo],
          [
            [0, 1, [sample(), sample()]],
            [6, 1, [sample(), sample()]],
            [12, 1, [sample()]],
            [15, 2, [sample()]],
          ],
        ),
      ],
      'stsc',
      [0, 3, 1, 2, 1, 3, 1, 1, 4, 1, 2],
    ],
  ])('writes %s', (_name, tracks, box, expected) => {
    expect(words(find(encodeMovie({ tracks, payloadBytes: 100 }), ...STBL, box))).toEqual(expected);
  });

  const start = (ms: number, offset = 0) =>
    track([video], [[0, 1, [sample({ compositionOffsetTicks: offset })]]], ms * 90);
  const sound = (ms: number) => track([audio], [[0, 1, [sample({ durationTicks: 1024 })]]], ms * 48);
  it.each<[string, readonly MovieTrack[], readonly number[] | undefined]>([
    ['none where all begin at once', [start(5), sound(5)], undefined],
    ['none on the track that begins first', [start(5), sound(25)], undefined],
    [
      'an empty edit before the track that begins later',
      [start(25), sound(5)],
      [0, 2, 1800, -1, 65_536, 3000, 0, 65_536],
    ],
    ['the first picture’s delay', [start(5, 900)], [0, 1, 3000, 900, 65_536]],
    ['what is shown', [{ ...sound(5), shown: { fromTicks: 440, toTicks: 1064 } }], [0, 1, 1170, 200, 65_536]],
    ['no more than there is', [{ ...sound(5), shown: { fromTicks: 0, toTicks: 1e6 } }], [0, 1, 1920, 0, 65_536]],
    ['no delay that the sound needs', [start(5, 900), sound(5)], [0, 2, 900, -1, 65_536, 3000, 900, 65_536]],
  ])('writes as edits %s', (_name, tracks, expected) => {
    expect(words(find(encodeMovie({ tracks, payloadBytes: 100 }), 'moov', 'trak', 'edts', 'elst'))).toEqual(expected);
  });

  it('writes edits of 64 bits where time is long', () => {
    const long = track(
      [video],
      [[0, 1, [sample({ durationTicks: 2 ** 32 - 1, compositionOffsetTicks: 90 })]]],
      90 * 2 ** 32,
    );
    const head = encodeMovie({ tracks: [long, sound(0)], payloadBytes: 9 });
    const reader = find(head, 'moov', 'trak', 'edts', 'elst')!;
    expect([reader.u32(), reader.u32()]).toEqual([0x01000000, 2]);
    expect([reader.u64(), reader.i32(), reader.i32(), reader.u32()]).toEqual([90 * 2 ** 32 + 90, -1, -1, 65_536]);
    expect([reader.u64(), reader.u64(), reader.u32()]).toEqual([2 ** 32 - 1, 90, 65_536]);
  });

  it.each<[string, number, number]>([
    ['32 bits while they do', 1, 0],
    ['64 bits where they are needed', 2, 1],
  ])('writes durations of %s', (_name, samples, version) => {
    const long = sample({ durationTicks: 2 ** 32 - 1 });
    const tracks = [track([video], [[0, 1, new Array(samples).fill(long)]])];
    const head = encodeMovie({ tracks, payloadBytes: 9 });
    for (const path of [['mvhd'], ['trak', 'tkhd'], ['trak', 'mdia', 'mdhd']]) {
      const reader = find(head, 'moov', ...path)!;
      expect(reader.u8()).toBe(version);
    }
    const mdhd = find(head, 'moov', 'trak', 'mdia', 'mdhd')!;
    mdhd.skip(version === 1 ? 24 : 16);
    expect(version === 1 ? mdhd.u64() : mdhd.u32()).toBe(samples * (2 ** 32 - 1));
  });

  it('says when it was made', () => {
    const head = encodeMovie({ tracks: [oneSample], payloadBytes: 3, createdMs: Date.UTC(2026, 10, 29) });
    const mvhd = find(head, 'moov', 'mvhd')!;
    mvhd.skip(4);
    expect(new Date((mvhd.u32() - 2_082_844_800) * 1000).toISOString()).toBe('2026-11-29T00:00:00.000Z');
  });

  const FOUR_GIB = 2 ** 32;
  it.each<[string, number, string, number]>([
    ['32 bits up to 4 GiB', 0, 'stco', 8],
    ['64 bits a byte past them', 1, 'co64', 8],
    ['64 bits, the size of the mdat too', 10_000, 'co64', 16],
  ])('writes offsets of %s', (_name, beyond, box, mdatHeadBytes) => {
    const headBytes = encodeMovie({ tracks: [oneSample], payloadBytes: 3 }).length;
    const payloadBytes = FOUR_GIB - 1 - headBytes + beyond;
    const tracks = [track([video], [[payloadBytes - 3, 1, [sample()]]])];
    const head = encodeMovie({ tracks, payloadBytes });
    const reader = find(head, ...STBL, box)!;
    expect([reader.u32(), reader.u32()]).toEqual([0, 1]);
    expect(box === 'co64' ? reader.u64() : reader.u32()).toBe(head.length + payloadBytes - 3);
    const mdat = new ByteReader(head.subarray(-mdatHeadBytes), 'mdat');
    const short = mdat.u32();
    expect(mdat.utf8(4)).toBe('mdat');
    expect(mdatHeadBytes === 16 ? [short, mdat.u64()] : short).toEqual(
      mdatHeadBytes === 16 ? [1, payloadBytes + 16] : payloadBytes + 8,
    );
  });

  it('makes room for the largest picture', () => {
    const tracks = [
      track(
        [smallVideo, video],
        [
          [0, 1, [sample()]],
          [3, 2, [sample()]],
        ],
      ),
    ];
    const file = open(encodeMovie({ tracks, payloadBytes: 6 }), 6);
    expect(file.getInfo().tracks[0]).toMatchObject({ track_width: 1280, track_height: 720 });
    expect(file.getTrackSamplesInfo(1).map(({ description_index }) => description_index)).toEqual([0, 1]);
  });

  it('gives mp4box the samples that went in', () => {
    const entry = fc.record({
      durationTicks: fc.oneof(fc.constant(3000), fc.nat(100_000)),
      sizeBytes: fc.integer({ min: 1, max: 50 }),
      compositionOffsetTicks: fc.oneof(fc.constant(0), fc.integer({ min: -100_000, max: 100_000 })),
      isSync: fc.boolean(),
    });
    const chunk = fc.tuple(
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 2 }),
      fc.array(entry, { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 12 }), (chunks) => {
        const tables = new Map<number, SampleTable>();
        const expected = new Map<number, object[]>();
        let payloadBytes = 0;
        for (const [trackId, description, samples] of chunks) {
          const table = tables.get(trackId) ?? new SampleTable();
          tables.set(trackId, table);
          let dts = table.durationTicks;
          let at = payloadBytes;
          const into = expected.get(trackId) ?? [];
          expected.set(trackId, into);
          for (const { durationTicks: duration, sizeBytes: size, compositionOffsetTicks, isSync } of samples) {
            const cts = dts + compositionOffsetTicks;
            into.push({ dts, cts, duration, size, is_sync: isSync, at, description_index: description - 1 });
            dts += duration;
            at += size;
          }
          table.addChunk(payloadBytes, description, samples);
          payloadBytes = at;
        }
        const tracks = [...tables].map(([trackId, samples]): MovieTrack => {
          return { descriptions: trackId === 1 ? [video, smallVideo] : [audio, audio], samples, startTicks: 0 };
        });
        const head = encodeMovie({ tracks, payloadBytes });
        const file = open(head, payloadBytes);
        for (const [trackId, samples] of expected) {
          const read = file.getTrackSamplesInfo(trackId);
          expect(
            read.map(({ dts, cts, duration, size, is_sync, offset, description_index }) => {
              return { dts, cts, duration, size, is_sync, at: offset - head.length, description_index };
            }),
          ).toEqual(samples);
        }
      }),
    );
  });

  it.each<[string, () => readonly MovieTrack[]]>([
    ['no tracks', () => []],
    ['a track without samples', () => [track([video], [])]],
    ['descriptions of two tracks in one', () => [track([video, audio], [[0, 1, [sample()]]])]],
    ['a start that is no integer', () => [track([video], [[0, 1, [sample()]]], 0.5)]],
    ['a width of 65536', () => [track([{ ...video, width: 65_536 }], [[0, 1, [sample()]]])]],
  ])('refuses %s', (_name, tracks) => {
    expect(() => encodeMovie({ tracks: tracks(), payloadBytes: 3 })).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import { createFile, type ISOFile, MP4BoxBuffer } from 'mp4box';
import { describe, expect, it } from 'vitest';
import { ByteReader, concat, MalformedError } from '../bytes/index.ts';
import {
  decodeFragment,
  encodeFragment,
  encodeInitSegment,
  type Fmp4Sample,
  type Fmp4Track,
  fragmentTablesIn,
  readFragmentTable,
  segmentTypeBox,
} from './index.ts';

const video: Fmp4Track = {
  kind: 'video',
  trackId: 1,
  timescale: 90_000,
  codec: 'h264',
  config: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
  width: 1280,
  height: 720,
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

function sample(changed: Partial<Fmp4Sample> = {}): Fmp4Sample {
  const data = changed.data ?? Uint8Array.of(1, 2, 3);
  const sizeBytes = data instanceof Uint8Array ? data.length : concat(data).length;
  return { durationTicks: 3000, compositionOffsetTicks: 0, isSync: false, sizeBytes, data, ...changed };
}

function oneRun(samples: readonly Fmp4Sample[], baseMediaDecodeTime = 0): Uint8Array {
  return encodeFragment({ sequenceNumber: 1, tracks: [{ trackId: 1, baseMediaDecodeTime, samples }] });
}

/** The payload of the first box of that type, found by walking the boxes. */
function boxAt(bytes: Uint8Array, ...path: readonly string[]): ByteReader {
  const [type, ...rest] = path;
  const r = new ByteReader(bytes, 'boxes');
  for (;;) {
    const size = r.u32();
    const found = r.utf8(4);
    const payload = r.bytes(size - 8);
    if (found === type) return rest.length === 0 ? new ByteReader(payload, type) : boxAt(payload, ...rest);
  }
}

const key = sample({ isSync: true });
const cases: readonly [string, readonly Fmp4Sample[], number, number][] = [
  ['one sample', [key], 0x020038, 0x000001],
  ['like samples', [key, key, key], 0x020038, 0x000001],
  ['a key frame and others', [key, sample(), sample()], 0x020038, 0x000005],
  ['key frames in the middle', [sample(), key, sample()], 0x020018, 0x000401],
  ['different durations', [key, sample({ isSync: true, durationTicks: 1 })], 0x020030, 0x000101],
  ['different sizes', [key, sample({ isSync: true, data: Uint8Array.of(1) })], 0x020028, 0x000201],
  ['a composition offset', [key, sample({ isSync: true, compositionOffsetTicks: -1 })], 0x020038, 0x000801],
];

describe('encodeFragment', () => {
  it.each(cases)('writes only the fields that %s needs', (_name, samples, tfhdFlags, trunFlags) => {
    const bytes = oneRun(samples);
    expect(boxAt(bytes, 'moof', 'traf', 'tfhd').u32()).toBe(tfhdFlags);
    expect(boxAt(bytes, 'moof', 'traf', 'trun').u32()).toBe(0x01000000 + trunFlags);
  });

  it('writes signed composition offsets and a 64-bit decode time', () => {
    const bytes = oneRun([sample({ compositionOffsetTicks: -(2 ** 31) })], Number.MAX_SAFE_INTEGER);
    const trun = boxAt(bytes, 'moof', 'traf', 'trun');
    trun.skip(12);
    expect(trun.i32()).toBe(-(2 ** 31));
    const tfdt = boxAt(bytes, 'moof', 'traf', 'tfdt');
    expect([tfdt.u32(), tfdt.u64()]).toEqual([0x01000000, Number.MAX_SAFE_INTEGER]);
  });

  it('leaves out a track without samples', () => {
    const withEmpty = encodeFragment({
      sequenceNumber: 1,
      tracks: [
        { trackId: 2, baseMediaDecodeTime: 0, samples: [] },
        { trackId: 1, baseMediaDecodeTime: 0, samples: [key] },
      ],
    });
    expect(withEmpty).toEqual(oneRun([key]));
  });

  it('begins with an styp when asked', () => {
    const fragment = { sequenceNumber: 1, tracks: [{ trackId: 1, baseMediaDecodeTime: 0, samples: [key] }] };
    expect(encodeFragment({ ...fragment, withStyp: true })).toEqual(concat([segmentTypeBox(), oneRun([key])]));
  });

  it('is one allocation of exactly its size', () => {
    const bytes = oneRun([key, sample({ data: [Uint8Array.of(4), Uint8Array.of(5, 6)] })]);
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it.each<[string, () => unknown]>([
    ['no samples', () => oneRun([])],
    ['a size that is not the data’s', () => oneRun([{ ...sample(), sizeBytes: 2 }])],
    ['a negative duration', () => oneRun([sample({ durationTicks: -1 })])],
    ['a duration of 2^32', () => oneRun([sample({ durationTicks: 2 ** 32 })])],
    ['a fractional offset', () => oneRun([sample({ compositionOffsetTicks: 0.5 })])],
    ['an offset of 2^31', () => oneRun([sample({ compositionOffsetTicks: 2 ** 31 })])],
    ['a negative decode time', () => oneRun([sample()], -1)],
    ['a fractional decode time', () => oneRun([sample()], 0.5)],
    [
      'a sequence number of 2^32',
      () =>
        encodeFragment({ sequenceNumber: 2 ** 32, tracks: [{ trackId: 1, baseMediaDecodeTime: 0, samples: [key] }] }),
    ],
    ['more than a million samples', () => oneRun(new Array(1_000_001).fill(key))],
    ['2 GiB', () => oneRun(new Array(3).fill(sample({ data: new Array(800).fill(new Uint8Array(1 << 20)) })))],
  ])('refuses %s', (_name, encode) => {
    expect(encode).toThrow(RangeError);
  });

  it('gives mp4box the samples and bytes that went in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(runs(), runs()), { minLength: 1, maxLength: 4 }), (fragments) => {
        const encoded: Uint8Array[] = [];
        const expected: Record<number, object[]> = { 1: [], 2: [] };
        const times = [0, 0];
        for (const [index, pair] of fragments.entries()) {
          const tracks = pair.map((samples, at) => ({ trackId: at + 1, baseMediaDecodeTime: times[at]!, samples }));
          for (const [at, samples] of pair.entries()) {
            for (const one of samples) {
              expected[at + 1]!.push(expectedSample(one, times[at]!));
              times[at]! += one.durationTicks;
            }
          }
          if (pair.some(({ length }) => length > 0)) encoded.push(encodeFragment({ sequenceNumber: index, tracks }));
        }
        const bytes = concat([encodeInitSegment([video, audio]), ...encoded]);
        const file = openMp4(bytes);
        for (const trackId of [1, 2]) expect(readSamples(file, bytes, trackId)).toEqual(expected[trackId]);
      }),
    );
  });
});

function runs(): fc.Arbitrary<readonly Fmp4Sample[]> {
  const one = fc.record({
    durationTicks: fc.oneof(fc.constant(3000), fc.nat(100_000)),
    compositionOffsetTicks: fc.oneof(fc.constant(0), fc.integer({ min: -100_000, max: 100_000 })),
    isSync: fc.boolean(),
    data: fc.oneof(fc.uint8Array({ minLength: 1 }), fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 })),
  });
  return fc.array(
    one.map((changed) => sample(changed)),
    { maxLength: 6 },
  );
}

function expectedSample(one: Fmp4Sample, dts: number): object {
  const data = one.data instanceof Uint8Array ? one.data : concat(one.data);
  const { durationTicks: duration, isSync } = one;
  return { dts, cts: dts + one.compositionOffsetTicks, duration, isSync, data: [...data] };
}

function readSamples(file: ISOFile, bytes: Uint8Array, trackId: number): readonly object[] {
  return file.getTrackSamplesInfo(trackId).map(({ dts, cts, duration, is_sync, offset, size }) => {
    return { dts, cts, duration, isSync: is_sync, data: [...bytes.subarray(offset, offset + size)] };
  });
}

function openMp4(bytes: Uint8Array): ISOFile {
  const file = createFile(true);
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(bytes).buffer, 0));
  file.flush();
  return file;
}

describe('decodeFragment', () => {
  it.each(cases)('gives back %s', (_name, samples) => {
    const fragment = { sequenceNumber: 7, tracks: [{ trackId: 1, baseMediaDecodeTime: 2 ** 40, samples }] };
    expect(decodeFragment(encodeFragment(fragment))).toEqual(fragment);
  });

  it('gives back what was encoded, and nothing that would encode to other bytes', () => {
    fc.assert(
      fc.property(runs(), runs(), fc.boolean(), fc.nat(), (video, audio, withStyp, sequenceNumber) => {
        fc.pre(video.length + audio.length > 0);
        const tracks = [
          { trackId: 1, baseMediaDecodeTime: Number.MAX_SAFE_INTEGER - 1e6, samples: video },
          { trackId: 2, baseMediaDecodeTime: 0, samples: audio },
        ];
        const bytes = encodeFragment({ sequenceNumber, tracks, withStyp });
        const decoded = decodeFragment(bytes);
        expect(encodeFragment(decoded)).toEqual(bytes);
        expect(decoded.tracks.flatMap(({ samples }) => samples)).toEqual([...video, ...audio].map(joined));
      }),
    );
  });

  it('throws MalformedError and nothing else for a damaged fragment, and what decodes can be encoded', () => {
    const whole = encodeFragment({
      sequenceNumber: 1,
      tracks: [
        { trackId: 1, baseMediaDecodeTime: 90, samples: [key, sample({ compositionOffsetTicks: -5 }), sample()] },
        { trackId: 2, baseMediaDecodeTime: 48, samples: [sample({ durationTicks: 1 }), key] },
      ],
    });
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(whole.length),
        (at, value, cut) => {
          const damaged = whole.with(at, value).subarray(0, cut % 3 === 0 ? cut : whole.length);
          try {
            const decoded = decodeFragment(damaged);
            expect(decodeFragment(encodeFragment(decoded)).tracks).toEqual(
              decoded.tracks.filter(({ samples }) => samples.length > 0),
            );
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('refuses a fragment that is cut', () => {
    expect(() => decodeFragment(oneRun([key]).subarray(0, -1))).toThrow(MalformedError);
  });
});

describe('readFragmentTable', () => {
  it('needs no byte of the mdat’s payload', () => {
    const bytes = oneRun([key, sample({ data: new Uint8Array(5) })], 90);
    const table = readFragmentTable(bytes.subarray(0, -8));
    expect(table).toMatchObject({ sequenceNumber: 1, payloadOffset: bytes.length - 8, payloadBytes: 8 });
    expect(table.runs).toEqual([
      {
        trackId: 1,
        baseMediaDecodeTime: 90,
        dataOffset: bytes.length - 8,
        samples: [
          { durationTicks: 3000, sizeBytes: 3, compositionOffsetTicks: 0, isSync: true },
          { durationTicks: 3000, sizeBytes: 5, compositionOffsetTicks: 0, isSync: false },
        ],
      },
    ]);
  });

  it('refuses a run that points out of its mdat', () => {
    const bytes = oneRun([key]);
    const at = bytes.length - 3 - 8 - 4;
    expect(() => readFragmentTable(bytes.with(at + 3, bytes[at + 3]! + 1))).toThrow(MalformedError);
    expect(() => readFragmentTable(bytes.with(at + 3, bytes[at + 3]! - 1))).toThrow(MalformedError);
  });

  it('finds fragments one after another', () => {
    const [first, second] = [oneRun([key]), oneRun([key, key])];
    const tables = [...fragmentTablesIn(concat([first, segmentTypeBox(), second]))];
    expect(tables.map(({ runs }) => runs[0]!.samples.length)).toEqual([1, 2]);
    expect(tables.map(({ payloadOffset }) => payloadOffset)).toEqual([
      first.length - 3,
      first.length + segmentTypeBox().length + second.length - 6,
    ]);
  });
});

function joined(one: Fmp4Sample): Fmp4Sample {
  return { ...one, data: one.data instanceof Uint8Array ? one.data : concat(one.data) };
}

describe('encodeInitSegment', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  it('says what mp4box should see', () => {
    const info = openMp4(encodeInitSegment([video, audio])).getInfo();
    expect(info.isFragmented).toBe(true);
    expect(info.brands).toEqual(['iso6', 'iso5', 'iso6', 'mp41']);
    expect(info.tracks.map(({ id, codec, timescale }) => [id, codec, timescale])).toEqual([
      [1, 'avc1.64001f', 90_000],
      [2, 'mp4a.40.2', 48_000],
    ]);
    expect(info.tracks[0]!.video).toMatchObject({ width: 1280, height: 720 });
    expect(info.tracks[1]!.audio).toMatchObject({ sample_rate: 48_000, channel_count: 2 });
  });

  it('adds cmfc for a track alone', () => {
    expect(openMp4(encodeInitSegment([audio])).getInfo().brands).toContain('cmfc');
  });

  const opus = { ...audio, codec: 'opus' } as const;
  const head = Uint8Array.of(1, 2, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0xff, 0xff, 0);
  const streamInfo = new Uint8Array(34).fill(7);
  const vpcc = Uint8Array.of(0, 31, 0x82, 1, 1, 1, 0, 0);
  const longConfig = new Uint8Array(200).fill(5);
  it.each<[string, Fmp4Track, string]>([
    ['dOps from OpusHead', { ...opus, config: head }, '644f7073' + '0002' + '0138' + '0000bb80' + 'ffff' + '00'],
    [
      'dOps from OpusHead with its magic and a mapping',
      { ...opus, config: concat([Buffer.from('OpusHead'), head.with(10, 1), Uint8Array.of(1, 1, 0, 1)]) },
      '644f7073' + '0002' + '0138' + '0000bb80' + 'ffff' + '01' + '01010001',
    ],
    [
      'dfLa from STREAMINFO',
      { ...audio, codec: 'flac', config: streamInfo },
      `64664c610000000080000022${hex(streamInfo)}`,
    ],
    [
      'dfLa from a whole FLAC header',
      {
        ...audio,
        codec: 'flac',
        config: concat([Buffer.from('fLaC'), Uint8Array.of(0, 0, 0, 34), streamInfo, Uint8Array.of(0x84, 0, 0, 0)]),
      },
      `64664c610000000080000022${hex(streamInfo)}`,
    ],
    ['vpcC from a record', { ...video, codec: 'vp9', config: vpcc }, `7670634301000000${hex(vpcc)}`],
    [
      'vpcC from a full box',
      { ...video, codec: 'vp9', config: concat([Uint8Array.of(1, 0, 0, 0), vpcc]) },
      `7670634301000000${hex(vpcc)}`,
    ],
    ['esds', audio, `6573647300000000031900000004114015${'00'.repeat(11)}05021190060102`],
    ['esds with a long config', { ...audio, config: longConfig }, `0581${(200 - 128).toString(16)}${hex(longConfig)}`],
    ['esds of mp3', { ...audio, codec: 'mp3' }, `65736473000000000315000000040d6b15${'00'.repeat(11)}060102`],
    ['the rate of Opus', { ...opus, config: head, sampleRate: 16_000 }, 'bb80' + '0000' + '00000013' + '644f7073'],
    ['no rate past 16 bits', { ...audio, sampleRate: 96_000 }, '00000000' + '00000027' + '65736473'],
  ])('writes %s', (_name, track, expected) => {
    expect(hex(encodeInitSegment([track]))).toContain(expected);
  });

  it.each<[string, readonly Fmp4Track[]]>([
    ['no tracks', []],
    ['17 tracks', Array.from({ length: 17 }, (_, index) => ({ ...audio, trackId: index + 1 }))],
    ['an id twice', [video, { ...audio, trackId: 1 }]],
    ['an id of 0', [{ ...video, trackId: 0 }]],
    ['a timescale of 0', [{ ...video, timescale: 0 }]],
    ['a width of 65536', [{ ...video, width: 65_536 }]],
    ['half a channel', [{ ...audio, channels: 0.5 }]],
  ])('refuses %s', (_name, tracks) => {
    expect(() => encodeInitSegment(tracks)).toThrow(RangeError);
  });

  it.each<[string, Fmp4Track]>([
    ['a short OpusHead', { ...opus, config: head.subarray(0, 10) }],
    ['an OpusHead without its mapping', { ...opus, config: head.with(10, 1) }],
    ['no STREAMINFO', { ...audio, codec: 'flac', config: Uint8Array.of(4, 0, 0, 34) }],
    ['a short STREAMINFO', { ...audio, codec: 'flac', config: Uint8Array.of(0, 0, 0, 34) }],
    ['an empty FLAC config', { ...audio, codec: 'flac', config: new Uint8Array(0) }],
  ])('calls %s malformed', (_name, track) => {
    expect(() => encodeInitSegment([track])).toThrow(expect.objectContaining({ name: 'MalformedError' }));
  });
});

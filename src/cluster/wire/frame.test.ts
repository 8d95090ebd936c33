import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testAudioTrack, testVideoTrack } from '../../live/test-packets.ts';
import { concat, MalformedError } from '../../protocol/bytes/index.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';

setFlagsFromString('--allow-natives-syntax');
/** Whether V8 keeps both as objects of one kind; it makes, and later collects, something for each kind that there is. */
const areOfOneKind = new Function('one', 'other', 'return %HaveSameMap(one, other)') as (...two: object[]) => boolean;

const runMs = Number(process.env.FUZZ_MS ?? 250);

const packet: Extract<Frame, { kind: 'packet' }> = {
  ...{ kind: 'packet', media: 'video', isKeyFrame: true, startsSegment: true, startsPart: true },
  ...{ isDiscontinuity: false, segmentTracks: 0, ownTracks: 3, segment: 60_000_001, part: 7, discontinuities: 2 },
  ...{ dtsMs: 2 ** 40 + 1, wallMs: 1_790_000_000_000.25, mediaTime: 1234.5, extra: -40 },
  data: Uint8Array.of(1, 2, 3, 4),
};

const cases: readonly { readonly name: string; readonly frame: Frame }[] = [
  {
    name: 'hello',
    frame: {
      ...{ kind: 'hello', version: 9, oldestReader: 7, node: 'one', epoch: 7, startedWallMs: 1_790_000_000_000 },
      ...{ parent: '', firstPacket: 12_345 },
    },
  },
  {
    name: 'hello of a rendition',
    frame: {
      ...{ kind: 'hello', version: 1, oldestReader: 1, node: 'ü', epoch: 0 },
      ...{ startedWallMs: 0, parent: 'demo', firstPacket: 0 },
    },
  },
  {
    name: 'both tracks',
    frame: {
      kind: 'tracks',
      number: 3,
      tracks: { video: testVideoTrack({ frameRate: 29.97 }), audio: testAudioTrack() },
    },
  },
  {
    name: 'audio alone',
    frame: { kind: 'tracks', number: 65_535, tracks: { audio: testAudioTrack({ codec: 'opus' }) } },
  },
  { name: 'no track', frame: { kind: 'tracks', number: 0, tracks: {} } },
  { name: 'a key frame', frame: packet },
  {
    name: 'sound',
    frame: { ...packet, media: 'audio', isKeyFrame: false, startsSegment: false, startsPart: false, extra: 1024 },
  },
  {
    name: 'a script message without data',
    frame: { ...packet, media: 'data', isKeyFrame: false, data: new Uint8Array(0) },
  },
  { name: 'what runs', frame: { kind: 'running', isPackaged: true, renditions: ['demo_a', 'demo_ü'] } },
  { name: 'that nothing runs', frame: { kind: 'running', isPackaged: false, renditions: [] } },
  { name: 'that nobody watches', frame: { kind: 'unwatched' } },
  {
    name: 'renditions',
    frame: {
      kind: 'renditions',
      renditions: [
        {
          ...{ template: 'lsd', name: 'demo_lsd', isAvailable: true, codecs: ['avc1.42c01e', 'mp4a.40.2'] },
          ...{ resolution: { width: 640, height: 360 }, frameRate: 25, peakBitrate: 900_000, averageBitrate: 800_000 },
        },
        { template: 'audio', name: 'demo_audio', isAvailable: false, codecs: [], peakBitrate: 0, averageBitrate: 1 },
      ],
    },
  },
  { name: 'media of an encoder', frame: { kind: 'media', media: 'audio', timestamp: 2 ** 32 - 1, data: packet.data } },
  { name: 'a source sent away', frame: { kind: 'dismissed', reason: 'KICKED', detail: 'ü' } },
  ...(['interrupted', 'resumed', 'ended', 'alive', 'unpublished', 'cut', 'whole'] as const).map((kind) => ({
    name: kind,
    frame: { kind },
  })),
];

const bytesOf = (frames: readonly Frame[]) => concat(frames.flatMap(encodeFrame));

describe('frames', () => {
  it('makes packets that are of one kind to V8', () => {
    const decoded = (['video', 'audio'] as const).map((media) => {
      // V8 has to have seen some before it does its best, or its worst.
      return Array.from({ length: 100 }, (_, at) => {
        const frame = { ...packet, media, isKeyFrame: at === 0, dtsMs: 2 ** 40 + 20 * at };
        return new FrameReader().push(concat(encodeFrame(frame)))[0] ?? {};
      });
    });
    const [pictures, sounds] = decoded.map((packets) => packets.slice(-2));
    expect(areOfOneKind(pictures?.[0] ?? {}, pictures?.[1] ?? {})).toBe(true);
    expect(areOfOneKind(pictures?.[0] ?? {}, sounds?.[0] ?? {})).toBe(true);
  });

  it.each(cases)('$name comes back as it went', ({ frame }) => {
    expect(new FrameReader().push(bytesOf([frame]))).toEqual([frame]);
  });

  it('come back however they are cut', () => {
    const frames = cases.map(({ frame }) => frame);
    const bytes = bytesOf(frames);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const reader = new FrameReader();
        const all: Frame[] = [];
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        for (const [index, end] of ends.entries()) all.push(...reader.push(bytes.slice(ends[index - 1] ?? 0, end)));
        expect(all).toEqual(frames);
      }),
      { interruptAfterTimeLimit: runMs, numRuns: 200 },
    );
  });

  it('of a type that came later are passed over, however they are cut', () => {
    const later = Uint8Array.of(99, 0, 0, 0, 3, 1, 2, 3);
    const bytes = concat([later, bytesOf([packet]), later, later, bytesOf([packet])]);
    expect(new FrameReader().push(bytes)).toEqual([packet, packet]);
    const reader = new FrameReader();
    expect([...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte)))).toEqual([packet, packet]);
  });

  it('lend the payload of a packet, both ways', () => {
    expect(encodeFrame(packet)[1]).toBe(packet.data);
    const bytes = bytesOf([packet]);
    const [read] = new FrameReader().push(bytes);
    expect(read?.kind === 'packet' && read.data.buffer).toBe(bytes.buffer);
  });

  it.each([
    { name: 'a frame of a megabyte, of a type that came later', bytes: [99, 0, 16, 0, 0] },
    { name: 'a packet of 4 GB', bytes: [2, 255, 255, 255, 255] },
    { name: 'a hello of a megabyte', bytes: [0, 0, 16, 0, 0] },
    { name: 'media of a kind that is none', bytes: [8, 0, 0, 0, 5, 3, 0, 0, 0, 0] },
    { name: 'a sign with a body', bytes: [4, 0, 0, 0, 1, 0] },
    { name: 'a hello that ends too early', bytes: [0, 0, 0, 0, 1, 0] },
    { name: 'a codec that is none', bytes: [1, 0, 0, 0, 4, 0, 0, 1, 9] },
  ])('refuse $name before anything is held for it', ({ bytes }) => {
    expect(() => new FrameReader().push(Uint8Array.from(bytes))).toThrow(MalformedError);
  });

  it.each(cases)('of what decodes must encode: $name', ({ frame }) => {
    const seed = bytesOf([frame]);
    const changed = fc
      .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((changes) => {
        const bytes = seed.slice();
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(changed, (bytes) => {
        let frames: Frame[];
        try {
          frames = new FrameReader().push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
          return;
        }
        const again = bytesOf(frames);
        expect(again).toEqual(bytes.slice(0, again.length));
      }),
      { interruptAfterTimeLimit: runMs, numRuns: 2000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../test/support/archive.ts';
import type { TrackSet } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { fragmentOf, type MediaPacket, SegmentWindow } from '../packager/index.ts';
import { concat, MalformedError } from '../protocol/bytes/index.ts';
import { readSegment } from './index.ts';

/** The segments of a stream of some seconds. */
function archive(tracks: TrackSet, fromMs = 0, fps = 25) {
  const { stream } = testStream();
  const window = new SegmentWindow({ stream, windowSegments: 100, segmentMs: 2000, partMs: 300, maxBytes: 1e9 });
  const packets = testPackets({ tracks, fromMs, toMs: fromMs + 7000, fps });
  publishAll(
    stream,
    tracks,
    packets.map((packet, index) =>
      packet.kind === 'video' ? { ...packet, compositionMs: (index % 4) * 20 - 20 } : packet,
    ),
  );
  stream.end();
  return archiveOf(window.segments);
}

const video = testVideoTrack();
const audio = testAudioTrack({ sampleRate: 44_100, timescale: 44_100 });

/** What a fragment keeps of a packet; how long a sound lasts, it takes from the next one. */
function content(packet: MediaPacket): object {
  const { kind, track, dtsMs, wallMs, mediaTime, data } = packet;
  const picture = kind === 'video' ? { compositionMs: packet.compositionMs, isKeyFrame: packet.isKeyFrame } : {};
  return { kind, track, dtsMs, wallMs, mediaTime, data, ...picture };
}

describe('readSegment', () => {
  it.each<[string, TrackSet]>([
    ['both tracks', { video, audio }],
    ['video', { video }],
    ['audio', { audio }],
  ])('gives back what was packaged of %s', async (_name, tracks) => {
    const { segments, packaged, source } = archive(tracks, 90_000);
    expect(segments.length).toBe(4);
    for (const [index, segment] of segments.entries()) {
      const read = readSegment(segment, await source.bytes(segment));
      const { parts, madeBytes: _made, ...facts } = packaged[index]!;
      expect(read).toMatchObject(facts);
      expect(read.parts.length).toBe(parts.length);
      for (const [at, part] of parts.entries()) {
        const { packets, durationMs, ...rest } = read.parts[at]!;
        expect(rest).toEqual({ index: at, startDtsMs: part.startDtsMs, isIndependent: part.isIndependent });
        // The dts of sound is known to the sample again, and not as its millisecond was rounded.
        expect(Math.abs(durationMs - part.durationMs)).toBeLessThan(1);
        expect(packets.map(content)).toEqual(part.packets.map(content));
      }
    }
  });

  it('makes parts that are packaged to the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), fc.constantFrom(10, 25, 60), async (fromMs, fps) => {
        const { segments, source } = archive({ video, audio }, fromMs, fps);
        for (const segment of segments) {
          const bytes = await source.bytes(segment);
          const { parts } = readSegment(segment, bytes);
          expect(concat(parts.map((part) => fragmentOf(segment.number, part)))).toEqual(bytes);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('moves both tracks by the same time', async () => {
    const { segments, source } = archive({ video, audio }, 90_000);
    const bytes = await source.bytes(segments[1]!);
    const [still, moved] = [readSegment(segments[1]!, bytes), readSegment(segments[1]!, bytes, 40_000)];
    expect(moved.startDtsMs).toBe(still.startDtsMs - 40_000);
    for (const [index, part] of still.parts.entries()) {
      expect(moved.parts[index]!.packets).toEqual(
        part.packets.map((packet) => {
          const mediaTime = packet.mediaTime - 40 * 1000 * (packet.track.timescale / 1000);
          return { ...packet, dtsMs: packet.dtsMs - 40_000, mediaTime };
        }),
      );
    }
  });

  it('throws MalformedError for damaged bytes', async () => {
    const { segments, source } = archive({ video, audio });
    const bytes = await source.bytes(segments[0]!);
    const read = (changed: Uint8Array) => () => readSegment(segments[0]!, changed);
    expect(read(bytes.subarray(1))).toThrow(MalformedError);
    expect(read(bytes.with(4, 0))).toThrow(MalformedError);
  });
});

import { describe, expect, it } from 'vitest';
import type { AudioPacket, UnplacedPacket, VideoPacket } from './packet.ts';
import { Splice, tracksAs } from './splice.ts';
import { testAudio, testAudioTrack, testVideo, testVideoTrack } from './test-packets.ts';

const video = testVideoTrack();
const audio = testAudioTrack();
/** Composition times of an encoder with two B-frames, in frames of 40 ms. */
const COMPOSITION_MS = [80, 160, 40, 40];

/** A group of pictures whose key frame is at `fromMs` of the source's time. */
function group(fromMs: number, count: number): VideoPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    ...testVideo(video, fromMs + index * 40, index === 0),
    compositionMs: index === 0 ? 80 : (COMPOSITION_MS[1 + ((index - 1) % 3)] ?? 0),
  }));
}

const shownMs = ({ dtsMs, compositionMs }: VideoPacket) => dtsMs + compositionMs;

function placedVideo(splice: Splice, packets: readonly UnplacedPacket[]): VideoPacket[] {
  return packets.flatMap((packet) => {
    const placed = splice.place(packet, { video, audio });
    return placed?.kind === 'video' ? [placed] : [];
  });
}

describe('Splice', () => {
  it.each([
    ['all before the edge but the last', 45, 46],
    ['half of it', 25, 50],
    ['only the key frame', 1, 30],
    ['nothing', 0, 30],
  ])('hurries through what is needed for decoding only: %s', (_, before, count) => {
    const packets = group(700_000, count);
    const offsetMs = 10_000 + 1 - 700_000 - before * 40;
    const edge = { videoMs: 10_000, audioEndMs: 10_000 };
    const placed = placedVideo(new Splice(packets, offsetMs, edge), packets);
    const times = placed.map(({ dtsMs }) => dtsMs);
    expect(times[0]).toBeGreaterThan(10_000);
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(true);
    // Shown in the order in which the encoder wants it, and no two at once.
    const order = (each: readonly VideoPacket[]) =>
      each.map((_, at) => at).sort((a, b) => shownMs(each[a]!) - shownMs(each[b]!));
    expect(order(placed)).toEqual(order(packets));
    expect(new Set(placed.map(shownMs)).size).toBe(count);
    expect(Math.min(...placed.map(shownMs))).toBeGreaterThan(10_000);
    // From then on as it is sent.
    const settled = placed.filter(({ dtsMs }) => dtsMs > 10_000 + (before + 2) * 2);
    expect(settled.length).toBeGreaterThanOrEqual(count - before - 4);
    for (const each of settled) expect((each.dtsMs - offsetMs - 700_000) % 40).toBe(0);
    for (const each of placed) expect(each.mediaTime).toBe(each.dtsMs * 90);
  });

  it('lets no sound through from before the edge, and counts the rest in samples', () => {
    const splice = new Splice([], -290_000, { videoMs: 10_000, audioEndMs: 10_021 });
    const sounds = [299_950, 300_000, 300_021, 300_043].map((ms) => testAudio(audio, ms));
    const placed = sounds.flatMap((each) => splice.place(each, { video, audio }) ?? []) as AudioPacket[];
    expect(placed.map(({ dtsMs }) => dtsMs)).toEqual([10_021, 10_043]);
    expect(placed.map(({ mediaTime }) => mediaTime)).toEqual(
      [300_021, 300_043].map((ms) => Math.round(ms * 48) - 290_000 * 48),
    );
  });

  it('never gives a message a time before a picture', () => {
    const packets = group(700_000, 3);
    const splice = new Splice(packets, -690_000, { videoMs: 12_000, audioEndMs: 12_000 });
    const last = placedVideo(splice, packets).at(-1)?.dtsMs ?? 0;
    const message = { kind: 'data' as const, dtsMs: 700_080, wallMs: 0, data: new Uint8Array() };
    expect(splice.place(message, {})?.dtsMs).toBe(last);
  });
});

describe('tracksAs', () => {
  it('takes the stream’s own where the parameters are equal', () => {
    const stream = { video, audio };
    const same = { video: testVideoTrack({ config: video.config.slice() }), audio: testAudioTrack() };
    expect(tracksAs(stream, same).video).toBe(video);
    expect(tracksAs(stream, same).audio).toBe(audio);
    const other = { video: testVideoTrack({ config: Uint8Array.of(1) }) };
    expect(tracksAs(stream, other)).toEqual(other);
    expect(tracksAs(stream, { audio: testAudioTrack({ codec: 'mp3' }) }).audio).not.toBe(audio);
  });
});

import type { AudioPacket, UnplacedPacket, VideoPacket } from './packet.ts';
import { Stream, type StreamOptions } from './stream.ts';
import { TestClock } from './test-clock.ts';
import type { AudioTrack, TrackSet, VideoTrack } from './track.ts';

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** As x264 writes it for 320x240 at 25 fps. */
const avcConfig = hex('0142c00dffe100166742c00dda0507ec0440000003004000000c83c50aa801000468ce0fc8');

/** Makes a new track of H.264 each time. */
export function testVideoTrack(changed: Partial<VideoTrack> = {}): VideoTrack {
  return {
    kind: 'video',
    codec: 'h264',
    config: avcConfig,
    codecString: 'avc1.42c00d',
    width: 320,
    height: 240,
    timescale: 90_000,
    ...changed,
  };
}

/** Makes a new track of AAC at 48 kHz each time. */
export function testAudioTrack(changed: Partial<AudioTrack> = {}): AudioTrack {
  return {
    kind: 'audio',
    codec: 'aac',
    config: Uint8Array.of(0x11, 0x90),
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 2,
    timescale: 48_000,
    ...changed,
  };
}

export function testVideo(track: VideoTrack, dtsMs: number, isKeyFrame: boolean, sizeBytes = 40): VideoPacket {
  const data = new Uint8Array(sizeBytes).fill(dtsMs);
  new DataView(data.buffer).setUint32(0, sizeBytes - 4);
  data[4] = isKeyFrame ? 0x65 : 0x41;
  const mediaTime = dtsMs * 90;
  return { kind: 'video', track, dtsMs, wallMs: dtsMs, mediaTime, compositionMs: 0, isKeyFrame, data };
}

export function testAudio(track: AudioTrack, dtsMs: number, sizeBytes = 20): AudioPacket {
  const mediaTime = Math.round((dtsMs * track.timescale) / 1000);
  const data = new Uint8Array(sizeBytes).fill(dtsMs);
  return { kind: 'audio', track, dtsMs, wallMs: dtsMs, mediaTime, durationTicks: 1024, data };
}

export type TestSchedule = {
  readonly tracks: TrackSet;
  readonly fromMs?: number;
  readonly toMs: number;
  readonly fps?: number;
  readonly gopMs?: number;
  readonly frameBytes?: number;
};

/** Frames in the order an encoder sends them, with times in whole ms; a key frame every `gopMs`. */
export function testPackets({ tracks, fromMs = 0, toMs, fps = 25, gopMs = 2000, frameBytes = 40 }: TestSchedule) {
  const packets: UnplacedPacket[] = [];
  const { video, audio } = tracks;
  if (video) {
    let nextKeyMs = 0;
    for (let index = 0; (index * 1000) / fps < toMs - fromMs; index++) {
      const atMs = (index * 1000) / fps;
      const isKey = atMs >= nextKeyMs - 0.001;
      if (isKey) nextKeyMs += gopMs;
      packets.push(testVideo(video, fromMs + Math.round(atMs), isKey, frameBytes));
    }
  }
  if (audio) {
    const frameMs = 1_024_000 / audio.sampleRate;
    for (let index = 0; index * frameMs < toMs - fromMs; index++) {
      packets.push(testAudio(audio, fromMs + Math.round(index * frameMs)));
    }
  }
  return packets.sort((a, b) => a.dtsMs - b.dtsMs || b.kind.localeCompare(a.kind));
}

export const TEST_PLAN = { firstSegment: 100, segmentMs: 2000, partMs: 300, longestSegmentMs: 20_000 };

/** A stream on a clock of its own, with the usual settings. */
export function testStream(changed: Partial<StreamOptions> = {}, clock = new TestClock()) {
  const errors: unknown[] = [];
  const stream = new Stream({
    id: { domain: 'default', app: 'live', name: 'demo' },
    clock,
    plan: TEST_PLAN,
    cache: { maxBytes: 64 * 1024 * 1024, maxMs: 20_000 },
    onReaderError: (error) => errors.push(error),
    ...changed,
  });
  return { stream, clock, errors };
}

/** Sets the tracks and publishes the packets. */
export function publishAll(stream: Stream, tracks: TrackSet, packets: readonly UnplacedPacket[]): void {
  stream.setTracks(tracks);
  for (const packet of packets) stream.publish(packet);
}

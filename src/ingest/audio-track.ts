import type { AudioCodec, AudioTrack } from '../live/index.ts';
import { aacCodecString, decodeAacConfig } from '../protocol/aac/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';

/** An audio track together with what tells how long each of its frames is. */
export type AudioSource = {
  readonly track: AudioTrack;
  /** Samples in one frame. */
  readonly samplesOf: (frame: Uint8Array) => number;
};

const sources: Partial<Record<AudioCodec, (config: Uint8Array) => AudioSource>> = { aac: aacSource };

/**
 * A track from its configuration; for MP3, which has none, from a frame. Throws `MalformedError` for one that can't
 * be read.
 */
export function audioSourceOf(codec: AudioCodec, config: Uint8Array): AudioSource {
  const source = sources[codec];
  if (!source) throw new MalformedError('UNSUPPORTED', 'audio track', codec);
  return source(config);
}

function aacSource(bytes: Uint8Array): AudioSource {
  const config = decodeAacConfig(bytes);
  const track: AudioTrack = {
    kind: 'audio',
    codec: 'aac',
    config: bytes.slice(),
    codecString: aacCodecString(config),
    sampleRate: config.sampleRate,
    channels: config.channels,
    timescale: config.sampleRate,
  };
  return { track, samplesOf: () => config.samplesPerFrame };
}

import { type Fields, refused } from './fields.ts';
import { without } from './parse-video.ts';
import type { AudioCodecName, AudioTemplate, Loudness } from './template.ts';

const CODECS: Readonly<Record<string, AudioCodecName>> = {
  ...{ AAC: 'aac', MP3: 'mp3', OPUS: 'opus', VORBIS: 'vorbis', FLAC: 'flac', PCM: 'pcm', WAV: 'pcm' },
};
const RATES = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];
const METHODS = { auto: 'auto', dynamic: 'dynamic', linear: 'linear' } as const;

/** Reads `Audio` of a template. */
export function parseAudio(fields: Fields): AudioTemplate {
  const profile = fields.text('Profile');
  if (profile !== undefined && profile !== 'aac_low') {
    const why = `${profile} is not encoded by the AAC encoder here`;
    throw refused(fields.name('Profile'), why, 'Use aac_low, or Opus where the bitrate is to be low.');
  }
  const sampleRate = fields.whole('Samplerate', 8000, 96_000);
  if (sampleRate !== undefined && !RATES.includes(sampleRate)) {
    throw refused(fields.name('Samplerate'), `must be one of ${RATES.join(', ')}`, 'Use 44100 or 48000.');
  }
  const volume = fields.part('Volume');
  const values = {
    codec: fields.choice('Codec', CODECS),
    profile: profile === 'aac_low' ? ('aac_low' as const) : undefined,
    sampleRate,
    bitrateKbps: fields.number('Bitrate', { min: 6, max: 1000 }),
    channels: fields.whole('Channels', 1, 8),
    quality: fields.number('Qscale', { min: 0, max: 10 }),
    noiseReductionDb: fields.number('NoiseReduction', { min: 1, max: 97 }),
    loudness: volume && parseVolume(volume),
    isRemoved: fields.flag('Remove'),
  };
  fields.end();
  if (values.quality !== undefined && values.codec !== 'mp3' && values.codec !== 'vorbis') {
    throw refused(fields.name('Qscale'), 'is for MP3 and Vorbis', 'Use Bitrate.');
  }
  return without(values);
}

/**
 * `auto` and `dynamic` bring the loudness to a target (EBU R 128); of `auto` Level is that target in dB. `linear` turns
 * all of it up or down until its peak is PeakLevel.
 */
function parseVolume(fields: Fields): Loudness {
  const method = fields.choice('Method', METHODS) ?? 'auto';
  const level = fields.number('Level', { min: -70, max: 20 }) ?? -20;
  const integrated = fields.number('IntegratedLoudnessTarget', { min: -70, max: -5 }) ?? -6;
  const truePeak = fields.number('TruePeak', { min: -9, max: 0 }) ?? -1;
  const range = fields.number('LoudnessRangeTarget', { min: 1, max: 20 }) ?? 8;
  const peak = fields.number('PeakLevel', { min: -40, max: 0 }) ?? -1;
  fields.end();
  if (method === 'linear') return { method: 'peak', peak };
  return { method: 'target', integrated: method === 'auto' ? Math.min(-5, level) : integrated, range, truePeak };
}

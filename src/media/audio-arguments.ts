import { type AudioStream, MediaError } from '../ffmpeg/index.ts';
import { type AudioCodecName, type AudioTemplate, audioCodecOf, type TranscodeTemplate } from './template/index.ts';

const ENCODERS: Readonly<Record<AudioCodecName, string>> = {
  ...{ aac: 'aac', mp3: 'libmp3lame', opus: 'libopus', vorbis: 'libvorbis', flac: 'flac', pcm: 'pcm_s16le' },
};
const DEFAULT_KBPS: Readonly<Partial<Record<AudioCodecName, number>>> = { aac: 64, mp3: 64, opus: 48, vorbis: 64 };
const OPUS_RATES = [48_000, 24_000, 16_000, 12_000, 8000];
const MP3_RATES = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000];
const MOST_AAC_RATE = 96_000;

/** How sound is encoded. */
export function audioArguments(
  template: TranscodeTemplate,
  source: AudioStream,
  available: ReadonlySet<string>,
  gainDb: number | undefined,
): string[] {
  const codec = audioCodecOf(template) ?? 'aac';
  const { audio } = template;
  const encoder = ENCODERS[codec];
  if (!available.has(encoder)) {
    const message = `the FFmpeg of this server has no encoder for ${codec}`;
    throw new MediaError('CODEC_UNAVAILABLE', message, `Install an FFmpeg with ${encoder}.`);
  }
  const channels = channelsOf(audio, source);
  const filters = soundFilters(audio, gainDb);
  return [
    ...['-c:a', encoder, ...bitrate(codec, template, source, channels)],
    ...['-ar', String(rateOf(codec, audio, source)), '-ac', String(channels)],
    ...(filters.length > 0 ? ['-af', filters.join(',')] : []),
  ];
}

/** Two where the template doesn't say, as nearly all that plays has two; one stays one. */
export function channelsOf({ channels }: AudioTemplate, source: AudioStream): number {
  return channels ?? Math.max(1, Math.min(2, source.channels));
}

export function soundFilters({ noiseReductionDb, loudness }: AudioTemplate, gainDb: number | undefined): string[] {
  return [
    ...(noiseReductionDb === undefined ? [] : [`afftdn=nr=${noiseReductionDb}`]),
    ...(loudness?.method === 'target'
      ? [`loudnorm=I=${loudness.integrated}:LRA=${loudness.range}:TP=${loudness.truePeak}`]
      : []),
    ...(gainDb === undefined ? [] : [`volume=${gainDb.toFixed(2)}dB`]),
  ];
}

export function rateOf(codec: AudioCodecName, { sampleRate }: AudioTemplate, source: AudioStream): number {
  const wanted = sampleRate ?? source.sampleRate;
  if (codec === 'opus') return OPUS_RATES.find((rate) => rate <= wanted) ?? 48_000;
  if (codec === 'mp3') return MP3_RATES.find((rate) => rate <= wanted) ?? 16_000;
  return codec === 'aac' ? Math.min(MOST_AAC_RATE, wanted) : wanted;
}

function bitrate(codec: AudioCodecName, template: TranscodeTemplate, source: AudioStream, channels: number): string[] {
  const { audio, less } = template;
  if (codec === 'flac' || codec === 'pcm') return [];
  if (audio.quality !== undefined) return ['-q:a', String(audio.quality)];
  const wanted = audio.bitrateKbps ?? Math.round((DEFAULT_KBPS[codec] ?? 64) * Math.max(1, channels));
  const has = source.bitsPerSecond === undefined ? wanted : Math.round(source.bitsPerSecond / 1000);
  if (has >= wanted || less?.audioBitrate === undefined) return ['-b:a', `${wanted}k`];
  if (less.audioBitrate === 'keep') return ['-b:a', `${has}k`];
  const message = `the source has ${has} kbit/s of audio, less than the template asks for`;
  throw new MediaError('INPUT_TOO_SMALL', message, 'Use a smaller template, or TransConfig.IsCheckAudioBitrate.');
}

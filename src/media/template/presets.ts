import { parseTemplate } from './parse-template.ts';
import type { TranscodeTemplate } from './template.ts';

type Rung = {
  readonly number: string;
  readonly name: string;
  readonly width: string;
  readonly kbps: string;
  readonly audio: string;
};

const RUNGS: readonly Rung[] = [
  { number: '10', name: 'LD', width: '640', kbps: '400', audio: '64' },
  { number: '20', name: 'SD', width: '848', kbps: '800', audio: '64' },
  { number: '30', name: 'HD', width: '1280', kbps: '1800', audio: '128' },
  { number: '40', name: 'FHD', width: '1920', kbps: '3000', audio: '160' },
  { number: '60', name: '2K', width: '2048', kbps: '3500', audio: '160' },
  { number: '70', name: '4K', width: '3840', kbps: '6000', audio: '160' },
];
const KINDS = [
  { number: '0000', format: 'flv' },
  { number: '1000', format: 'm3u8' },
  { number: '2000', format: 'mp4' },
] as const;
const AUDIO = [
  { number: '300010', name: 'MP3 128k', format: 'mp3', codec: 'MP3', kbps: '128' },
  { number: '300020', name: 'MP3 320k', format: 'mp3', codec: 'MP3', kbps: '320' },
] as const;

/** A preset template: its id as MPS has it, a name, and itself in MPS's form. */
export type Preset = { readonly id: string; readonly name: string; readonly json: Readonly<Record<string, unknown>> };

function presetOf(kind: (typeof KINDS)[number], rung: Rung): Preset {
  return {
    id: `S00000001-${kind.number}${rung.number}`,
    name: `${kind.format.toUpperCase()} ${rung.name}`,
    json: {
      Container: { Format: kind.format },
      Video: {
        ...{ Codec: 'H.264', Profile: 'high', Bitrate: rung.kbps, Width: rung.width, MaxFps: '60' },
        ...{ Gop: '10s', Preset: 'medium', ScanMode: 'progressive' },
      },
      Audio: { Codec: 'AAC', Profile: 'aac_low', Samplerate: '44100', Bitrate: rung.audio, Channels: '2' },
      ...(kind.format === 'm3u8' ? { MuxConfig: { Segment: { Duration: '10' } } } : {}),
      TransConfig: { TransMode: 'onepass' },
    },
  };
}

/** The static presets of MPS, by their ids. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  [
    ...KINDS.flatMap((kind) => RUNGS.map((rung) => presetOf(kind, rung))),
    ...AUDIO.map(({ number, name, format, codec, kbps }) => ({
      id: `S00000001-${number}`,
      name,
      json: {
        Container: { Format: format },
        Audio: { Codec: codec, Samplerate: '44100', Bitrate: kbps, Channels: '2' },
        TransConfig: { TransMode: 'onepass' },
      },
    })),
  ].map((preset) => [preset.id, preset]),
);

/** Undefined where there is no such preset. */
export function presetTemplate(id: string): TranscodeTemplate | undefined {
  const preset = PRESETS.get(id);
  return preset && parseTemplate(preset.json);
}

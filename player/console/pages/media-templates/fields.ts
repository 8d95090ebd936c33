import type { Field } from '../../schema-form/field.ts';

/** A field, and whether it must be there. */
type Named = Field | { readonly field: Field; readonly isRequired: true };

const group = (members: Readonly<Record<string, Named>>): Field => ({
  kind: 'group',
  members: Object.entries(members).map(([name, each]) =>
    'isRequired' in each ? { name, ...each } : { name, isRequired: false, field: each },
  ),
});
const open = (field: Field): Field => ({ ...field, isOpen: true });
const required = (field: Field): Named => ({ field, isRequired: true });
const choice = (...options: readonly string[]): Field => ({ kind: 'choice', options });
const whole = (minimum: number, maximum: number): Field => ({ kind: 'number', isWhole: true, minimum, maximum });
const number = (minimum: number, maximum: number): Field => ({ kind: 'number', isWhole: false, minimum, maximum });
const yesNo: Field = { kind: 'switch' };
const words: Field = { kind: 'text' };

const FORMATS = [
  ...['mp4', 'm3u8', 'mpd', 'flv', 'ts', 'avi', 'mov', 'mkv', 'webm', 'gif', 'webp'],
  ...['mp3', 'm4a', 'ogg', 'flac', 'wav'],
];
const SPEEDS = ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow'];
const RATES = ['8000', '11025', '16000', '22050', '32000', '44100', '48000', '96000'];
const DEFINITIONS = ['FD', 'LD', 'SD', 'HD', 'FHD', '2K', '4K', 'OD', 'SQ', 'HQ', 'AUTO'];

const video = group({
  ...{ Codec: choice('H.264', 'H.265', 'AV1', 'VP9'), Width: whole(16, 8192), Height: whole(16, 8192) },
  ...{ Crf: number(0, 63), Bitrate: number(10, 200_000), Maxrate: number(10, 200_000), Bufsize: number(100, 500_000) },
  ...{ Fps: number(0.1, 120), MaxFps: number(0.1, 120), Gop: words, Preset: choice(...SPEEDS) },
  ...{ Profile: choice('baseline', 'main', 'high', 'high10', 'main10'), LongShortMode: yesNo },
  ...{ PixFmt: choice('yuv420p', 'yuvj420p', 'yuv422p', 'yuv444p', 'yuv420p10le') },
  ...{ ScanMode: choice('progressive', 'interlaced'), Crop: words, Pad: words, Hdr2sdr: yesNo },
  ...{ Degrain: number(0, 10), Remove: yesNo },
});

const audio = group({
  ...{ Codec: choice('AAC', 'MP3', 'OPUS', 'VORBIS', 'FLAC', 'PCM'), Bitrate: number(6, 1000) },
  ...{ Samplerate: choice(...RATES), Channels: whole(1, 8), Qscale: number(0, 10) },
  ...{ NoiseReduction: number(1, 97), Remove: yesNo },
  Volume: group({
    ...{ Method: choice('auto', 'dynamic', 'linear'), Level: number(-70, 20), PeakLevel: number(-40, 0) },
    ...{ IntegratedLoudnessTarget: number(-70, -5), TruePeak: number(-9, 0), LoudnessRangeTarget: number(1, 20) },
  }),
});

const muxConfig = group({
  Segment: group({ Duration: number(1, 60), Format: choice('ts', 'fmp4') }),
  Gif: group({
    ...{ Loop: whole(0, 65_535), FinalDelay: whole(0, 65_535), IsCustomPalette: yesNo },
    DitherMode: choice('bayer', 'heckbert', 'floyd_steinberg', 'sierra2', 'sierra2_4a', 'none'),
  }),
  Webp: group({ Loop: whole(0, 65_535) }),
});

const transConfig = group({
  ...{ TransMode: choice('onepass', 'twopass', 'CBR'), AdjDarMethod: choice('rescale', 'crop', 'pad', 'none') },
  ...{ IsCheckReso: yesNo, IsCheckResoFail: yesNo, IsCheckVideoBitrate: yesNo, IsCheckVideoBitrateFail: yesNo },
  ...{ IsCheckAudioBitrate: yesNo, IsCheckAudioBitrateFail: yesNo },
});

const container = group({ Format: required(choice(...FORMATS)) });
const parts = { Video: video, Audio: audio, MuxConfig: muxConfig, TransConfig: transConfig };

/** How files are encoded, in the form of MPS. */
export const TRANSCODE_FIELDS = group({ Container: required(open(container)), ...parts, Video: open(video) });

/** Where an image goes, in the form of MPS. */
export const WATERMARK_FIELDS = group({
  ...{ ReferPos: choice('TopLeft', 'TopRight', 'BottomLeft', 'BottomRight'), Dx: number(0, 4096), Dy: number(0, 4096) },
  ...{ Width: number(0, 4096), Height: number(0, 4096), Timeline: group({ Start: number(0, 1e6), Duration: words }) },
});

/** What is made of whatever is uploaded, in the form of VOD; each output names a template, or has one of its own. */
export function groupFields(templates: Readonly<Record<string, string>>): Field {
  const named: Field = { kind: 'choice', options: Object.keys(templates), called: templates };
  const output = group({
    ...{ Definition: required(choice(...DEFINITIONS)), TemplateId: named, Rotate: whole(0, 359) },
    ...{ Container: container, ...parts },
    PackageSetting: group({ PackageType: choice('HLSPackage', 'DASHPackage') }),
    Clip: group({ TimeSpan: group({ Seek: number(0, 1e6), Duration: number(0, 1e6) }) }),
  });
  return group({ TranscodeTemplateList: required(open({ kind: 'list', item: output })) });
}

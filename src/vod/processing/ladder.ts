import { parseTemplate, type TranscodeTask, type TranscodeTemplate } from '../../media/index.ts';

/** One rendition that is to be made. Plain JSON. */
export type Rung = {
  /** `LD`, `SD`, `HD` ...: what it is played as. */
  readonly definition: string;
  /** The name of its files. */
  readonly name: string;
  readonly templateId: string;
  readonly template: TranscodeTemplate;
  /** At most, pictures and sound together. */
  readonly peakBitsPerSecond?: number;
  /** With the others of a group that say so it is in one manifest, and has no file of its own. */
  readonly package?: 'dash';
  /** Of encryption, the key is made once for a job, so that another try of a step has the same. */
} & Pick<TranscodeTask, 'clip' | 'rotate' | 'watermarks' | 'burnedSubtitles' | 'subtitles' | 'encryption'>;

/** What of the source decides which renditions there are; pixels as they are seen. */
export type LadderSource = {
  readonly video?: { readonly width: number; readonly height: number };
  readonly hasAudio: boolean;
};

/** The built-in group of templates: HLS in as many qualities as the source has. */
export const ADAPTIVE_GROUP = 'adaptive';

/** The same with an MP4 beside it, for what plays no HLS and for downloads. */
export const ADAPTIVE_MP4_GROUP = 'adaptive-mp4';

/** The group of those who want no renditions: what was uploaded is what is played. */
export const NO_TRANSCODE_GROUP = 'VOD_NO_TRANSCODE';

const STEPS = [
  { definition: 'LD', shortSide: 360, kbps: 900, audioKbps: 96 },
  { definition: 'SD', shortSide: 720, kbps: 2_800, audioKbps: 128 },
  { definition: 'HD', shortSide: 1080, kbps: 5_000, audioKbps: 160 },
] as const;
/** So much more than the step below it must have to be worth a step of its own. */
const WORTH = 1.2;
const SEGMENT_SECONDS = '6';

/** Renditions of the built-in group: 360, 720 and 1080 lines, none larger than the source. */
export function adaptiveLadder({ video, hasAudio }: LadderSource): Rung[] {
  if (video === undefined) return hasAudio ? [audioRung()] : [];
  const shortSide = Math.min(video.width, video.height);
  const rungs: Rung[] = [];
  let below = 0;
  for (const step of STEPS) {
    const lines = Math.min(step.shortSide, shortSide);
    if (lines <= below * WORTH) break;
    rungs.push(videoRung(step, lines, video, hasAudio));
    below = lines;
  }
  return rungs;
}

/** With the best rendition of at most 720 lines as an MP4; of sound alone, as M4A. */
export function adaptiveMp4Ladder(source: LadderSource): Rung[] {
  const rungs = adaptiveLadder(source);
  const best = rungs.findLast(({ definition }) => definition !== 'HD');
  if (best === undefined) return rungs;
  const { segmentSeconds: _, ...template } = best.template;
  const container = source.video ? 'mp4' : 'm4a';
  return [
    ...rungs,
    { ...best, templateId: `${ADAPTIVE_MP4_GROUP}-${best.name}`, template: { ...template, container } },
  ];
}

function videoRung(
  { definition, shortSide, kbps, audioKbps }: (typeof STEPS)[number],
  lines: number,
  { width, height }: { readonly width: number; readonly height: number },
  hasAudio: boolean,
): Rung {
  const scale = lines / Math.min(width, height);
  const even = (side: number) => Math.max(16, 2 * Math.round((side * scale) / 2));
  // A smaller picture of the same quality needs less, about in proportion to its area.
  const maxKbps = Math.max(200, Math.round(kbps * (lines / shortSide) ** 1.5));
  const template = parseTemplate({
    Container: { Format: 'm3u8' },
    Video: {
      ...{ Codec: 'H.264', Profile: 'high', Crf: '23', Maxrate: `${maxKbps}`, Bufsize: `${2 * maxKbps}` },
      ...{ Width: `${even(width)}`, Height: `${even(height)}`, MaxFps: '60', Gop: '2s', Preset: 'veryfast' },
      ...{ PixFmt: 'yuv420p', ScanMode: 'progressive' },
    },
    Audio: hasAudio ? audio(audioKbps) : { Remove: 'true' },
    MuxConfig: { Segment: { Duration: SEGMENT_SECONDS } },
  });
  const name = definition.toLowerCase();
  const peakBitsPerSecond = (maxKbps + (hasAudio ? audioKbps : 0)) * 1_100;
  return { definition, name, templateId: `${ADAPTIVE_GROUP}-${name}`, template, peakBitsPerSecond };
}

function audioRung(): Rung {
  const template = parseTemplate({
    Container: { Format: 'm3u8' },
    Video: { Remove: 'true' },
    Audio: audio(128),
    MuxConfig: { Segment: { Duration: SEGMENT_SECONDS } },
  });
  return { definition: 'SQ', name: 'sq', templateId: `${ADAPTIVE_GROUP}-sq`, template, peakBitsPerSecond: 145_000 };
}

function audio(kbps: number) {
  return { Codec: 'AAC', Profile: 'aac_low', Samplerate: '48000', Bitrate: `${kbps}`, Channels: '2' };
}

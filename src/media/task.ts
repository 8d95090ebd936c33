import type { MediaPlace, MediaTarget } from './media-place.ts';
import type { TranscodeTemplate } from './template/index.ts';

/** Which part of the input: the first `seekSeconds` and the last `cutTailSeconds` are left out. */
export type ClipRange = {
  readonly seekSeconds?: number;
  readonly durationSeconds?: number;
  readonly cutTailSeconds?: number;
};

/** What is appended to the input. */
export type MergePart = {
  readonly place: MediaPlace;
  readonly seekSeconds?: number;
  readonly durationSeconds?: number;
};

type WatermarkBase = {
  readonly corner: 'TopLeft' | 'TopRight' | 'BottomLeft' | 'BottomRight';
  /** From that corner; below 1 a part of the picture's width and height, else pixels. */
  readonly dx: number;
  readonly dy: number;
  readonly timeline?: { readonly startSeconds: number; readonly durationSeconds?: number };
};

export type ImageWatermark = WatermarkBase & {
  readonly image: MediaPlace;
  /** Below 1 a part of the picture's, else pixels; both left out, 0.12 of its width. */
  readonly width?: number;
  readonly height?: number;
  /** 0 to 1. */
  readonly opacity?: number;
};

export type TextWatermark = WatermarkBase & {
  readonly text: string;
  /** In pixels. */
  readonly fontSize: number;
  /** RRGGBB. */
  readonly color: string;
  readonly opacity?: number;
  readonly border?: { readonly width: number; readonly color: string };
};

export type MediaWatermark = ImageWatermark | TextWatermark;

/** A text track: a file of its own, or one of the input, counted from 0. */
export type SubtitleSource = ({ readonly place: MediaPlace } | { readonly track: number }) & {
  readonly language?: string;
  readonly name?: string;
};

export type Encryption = {
  /** 16 bytes in hexadecimal digits. */
  readonly hexKey: string;
  /** What players are told: where they get the key. */
  readonly keyUri: string;
  readonly ivHex?: string;
};

export type Collision = 'refuse' | 'overwrite' | 'version';

/** One file that is to be made of an input. Plain JSON. */
export type TranscodeTask = {
  readonly input: MediaPlace;
  readonly template: TranscodeTemplate;
  /** Fields that replace those of the template, in MPS's form. */
  readonly overrides?: unknown;
  readonly clip?: ClipRange;
  /** Degrees clockwise. */
  readonly rotate?: number;
  readonly merge?: readonly MergePart[];
  readonly watermarks?: readonly MediaWatermark[];
  /** Drawn into the pictures. */
  readonly burnedSubtitles?: SubtitleSource;
  /** Written beside the output as WebVTT. */
  readonly subtitles?: readonly SubtitleSource[];
  /** Which of several audio tracks, counted from 0. */
  readonly audioTrack?: number;
  /** Of HLS only. */
  readonly encryption?: Encryption;
  /** Its object may have variables, as `fillKey` says. */
  readonly output: MediaTarget;
  readonly onCollision?: Collision;
};

/** What a task came to. Plain JSON. */
export type TranscodeOutput = {
  readonly storage: string;
  /** What is played: the file, or the playlist. */
  readonly object: string;
  /** All that was written, `object` among it. */
  readonly objects: readonly string[];
  readonly format: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly durationSeconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly bitsPerSecond?: number;
  /** Of HLS, as a playlist of several renditions says them. */
  readonly codecs?: string;
  /** What was taken over as it was. */
  readonly isRemuxed: { readonly video: boolean; readonly audio: boolean };
  /** WebVTT beside it. */
  readonly subtitles?: readonly { readonly object: string; readonly language?: string; readonly name?: string }[];
  /** What somebody who compares it with the input should know. */
  readonly notes: readonly string[];
};

/** How one run is done: where it works, when it is to stop, and who hears of it. */
export type MediaRun = {
  /** Empty at first, removed afterwards by whoever made it. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** 0 to 100. */
  readonly progress?: ((percent: number) => void) | undefined;
  readonly log?: ((line: string) => void) | undefined;
  /** Names that have `{uuid}` or `{date}` follow from these, so that another try has the same ones. */
  readonly seed?: string | undefined;
  readonly atMs?: number | undefined;
};

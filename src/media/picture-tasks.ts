import type { MediaPlace, MediaTarget } from './media-place.ts';
import type { Collision } from './task.ts';

/** When pictures are taken: at given times, or from a start on every so often, or so many evenly. Times in seconds. */
export type Moments = {
  readonly times?: readonly number[];
  readonly startSeconds?: number;
  readonly intervalSeconds?: number;
  readonly count?: number;
};

export type PictureFormat = 'jpg' | 'png' | 'webp';

/** Pictures of a film. Plain JSON. */
export type SnapshotTask = {
  readonly input: MediaPlace;
  readonly moments: Moments;
  /** `intra` takes the key frame before each moment, which is quick. */
  readonly frameType?: 'normal' | 'intra';
  readonly width?: number;
  readonly height?: number;
  readonly format?: PictureFormat;
  /** With `{Count}` where there is more than one. */
  readonly output: MediaTarget;
  readonly onCollision?: Collision;
};

export type SnapshotOutput = {
  readonly storage: string;
  readonly pictures: readonly { readonly object: string; readonly atSeconds: number; readonly sizeBytes: number }[];
};

/** Small pictures of a film in sheets, with the WebVTT that says which is when. Plain JSON. */
export type SpriteTask = {
  readonly input: MediaPlace;
  readonly moments: Moments;
  readonly frameType?: 'normal' | 'intra';
  readonly cellWidth?: number;
  readonly cellHeight?: number;
  readonly columns?: number;
  readonly lines?: number;
  readonly padding?: number;
  readonly margin?: number;
  /** RRGGBB, between the cells. */
  readonly color?: string;
  /** With `{Count}` where there is more than one sheet; the WebVTT has the same name without it. */
  readonly output: MediaTarget;
  readonly onCollision?: Collision;
};

export type SpriteOutput = {
  readonly storage: string;
  readonly sheets: readonly string[];
  readonly vtt: string;
  readonly cells: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
};

/** A preview that moves. Plain JSON. */
export type AnimationTask = {
  readonly input: MediaPlace;
  readonly format?: 'gif' | 'webp';
  readonly startSeconds?: number;
  /** Of each excerpt. */
  readonly durationSeconds?: number;
  /** So many excerpts, evenly spread over the rest; 1 where left out. */
  readonly excerpts?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** 0 goes on for ever. */
  readonly loop?: number;
  readonly output: MediaTarget;
  readonly onCollision?: Collision;
};

/** One picture. */
export type FrameTask = {
  readonly atSeconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly format?: PictureFormat;
};

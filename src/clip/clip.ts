import { randomBytes } from 'node:crypto';
import type { Chapter } from './chapters.ts';
import { markerName } from './marker.ts';

type Size = { readonly width: number; readonly height: number };

/** A picture of a clip for link previews. */
export type ClipPoster = Size & { readonly object: string; readonly sizeBytes: number };

/** What a clip is once it is made. */
export type MadeClip = Size & {
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** Wall clock of its first picture. */
  readonly wallMs: number;
  /** Begins and ends with the wanted pictures; else with the segments that they lie in. */
  readonly isExact: boolean;
  readonly inexactBecause?: string;
  /** Segments that could not be read any more. */
  readonly missingSegments?: number;
  readonly poster?: ClipPoster;
  readonly chapters: readonly Chapter[];
};

/** What was asked for. */
export type AskedClip = {
  /** Not to be guessed: who has a link may see the clip. */
  readonly id: string;
  readonly title: string;
  /** Who or what asked: `api`, `hotkey`. */
  readonly by: string;
  readonly askedAtMs: number;
  /** Wall clock. */
  readonly startMs: number;
  readonly endMs: number;
  /** So much of the stream's own time before the end was asked for. */
  readonly lengthMs?: number;
  /** To the picture; else to the segment. */
  readonly wantsExact: boolean;
  readonly storage: string;
  /** The MP4's name there. */
  readonly object: string;
};

/** A clip of a stream. Plain JSON. */
export type Clip = AskedClip &
  (
    | { readonly state: 'making' }
    | ({ readonly state: 'ready' } & MadeClip)
    | { readonly state: 'failed'; readonly reason: string }
    /** As old as rules let it become: its files are deleted, or about to be. */
    | { readonly state: 'expired'; readonly expiredAtMs: number }
  );

export type ReadyClip = Extract<Clip, { readonly state: 'ready' }>;
export type ExpiredClip = Extract<Clip, { readonly state: 'expired' }>;
export type KeptClip = Exclude<Clip, ExpiredClip>;

const DAY_MS = 86_400_000;

/** The clip as it is once it is so old; 0 days keep it. What is still being made is left to that. */
export function agedClip(clip: Clip, keepDays: number, nowMs: number): Clip {
  const expiredAtMs = clip.askedAtMs + keepDays * DAY_MS;
  if (keepDays === 0 || nowMs < expiredAtMs || clip.state === 'making' || clip.state === 'expired') return clip;
  const { id, title, by, askedAtMs, startMs, endMs, wantsExact, storage, object } = clip;
  return { id, title, by, askedAtMs, startMs, endMs, wantsExact, storage, object, state: 'expired', expiredAtMs };
}

const ID = /^[0-9a-z]{25}$/;

/** 128 random bits, of letters and digits that a double click selects. */
export function newClipId(): string {
  return BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(36)
    .padStart(25, '0');
}

export function isClipId(text: string): boolean {
  return ID.test(text);
}

/** One line, as names of markers are. */
export function clipTitle(text: string, stream: string): string {
  return markerName(text) || `Clip of ${stream}`;
}

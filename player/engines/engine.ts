import type { StreamProtocol } from './protocol.ts';

/** Why one attempt at playing ended; the watch session turns it into a state and a next attempt. */
export type EngineProblem =
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'network' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'codec'; readonly detail: string }
  | { readonly kind: 'media'; readonly detail: string };

/** One variant of the stream, as the quality menu shows it. */
export type QualityLevel = {
  readonly index: number;
  /** Its size, such as `720p`. */
  readonly label: string;
  /** Its name and bitrate. */
  readonly detail: string;
};

/** What an engine knows right now; `latencyMs` is an estimate that trusts playlist times or the buffer. */
export type EngineReading = {
  readonly latencyMs?: number;
  readonly bitrateKbps?: number;
  readonly receivedBytes: number;
  readonly videoCodec?: string;
  readonly audioCodec?: string;
  /** The best first. */
  readonly levels: readonly QualityLevel[];
  /** The engine can choose by itself. */
  readonly hasAuto: boolean;
  /** Level the viewer chose, or undefined when the engine chooses. */
  readonly chosenLevel?: number;
  readonly playingLevel?: QualityLevel;
  /** On its way: playing goes on as before until it is there. */
  readonly comingLevel?: number;
  /** Times that another level came to be seen. */
  readonly levelSwitches: number;
};

/** What of the stream can be gone back to, in the video element's own time. */
export type SeekWindow = {
  readonly startS: number;
  /** The newest place that plays without stalling. */
  readonly endS: number;
  readonly positionS: number;
  /** The viewer went back, and stays so far behind. */
  readonly isBack: boolean;
  /** It is of a playlist of the past, which ends where the viewer is and not with the newest. */
  readonly isPast: boolean;
  /** When it was published; undefined where the stream doesn't say. */
  wallMsAt(positionS: number): number | undefined;
  /** Where the window has what was published at a moment; undefined where it has it not. */
  positionAt(wallMs: number): number | undefined;
};

/** One attempt at playing one stream into one video element; after a problem it is closed and a new one is made. */
export interface Engine {
  readonly protocol: StreamProtocol;
  reading(): EngineReading;
  /** Undefined where there is no way back. */
  seekWindow(): SeekWindow | undefined;
  /** Goes to a place of the window, and stays as far behind until `seekToLive`. */
  seekTo(positionS: number): void;
  /** Where the server tells of small pictures of the window; undefined where it has none. */
  spriteUrl(): string | undefined;
  /** Goes to the newest picture that can play without stalling. */
  seekToLive(): void;
  /** Undefined lets the engine choose. */
  chooseLevel(index: number | undefined): void;
  /** Loads and plays no more, but leaves its last picture: another engine takes its place. */
  hold(): void;
  close(): void;
}

/**
 * Starts one attempt at once: an element must not be taken by an engine that, by the time its library was there, was wanted
 * no more.
 */
export type OpenEngine = (options: EngineOptions) => Engine;

/** What an engine is given; `onProblem` is called at most once. */
export type EngineOptions = {
  readonly video: HTMLVideoElement;
  /** Where the next picture may begin unseen. */
  readonly spare: () => HTMLVideoElement;
  /** The spare element is to be seen from now on. */
  readonly onSwap: () => void;
  readonly url: string;
  /** When what is asked for was published, where the URL is one of the past; undefined for live. */
  readonly startMs?: number | undefined;
  /** After an end: a playlist that is still the ended one is an end again, and is not replayed. */
  readonly expectsLive: boolean;
  readonly onProblem: (problem: EngineProblem) => void;
};

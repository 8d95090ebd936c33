import type { StreamProtocol } from './protocol.ts';

/** Why one attempt at playing ended; the watch session turns it into a state and a next attempt. */
export type EngineProblem =
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'network' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'codec'; readonly detail: string }
  | { readonly kind: 'media'; readonly detail: string };

/** One variant of the multivariant playlist, as the quality menu shows it. */
export type QualityLevel = { readonly index: number; readonly label: string };

/** What an engine knows right now; `latencyMs` is an estimate that trusts playlist times or the buffer. */
export type EngineReading = {
  readonly latencyMs?: number;
  readonly bitrateKbps?: number;
  readonly receivedBytes: number;
  readonly videoCodec?: string;
  readonly audioCodec?: string;
  readonly levels: readonly QualityLevel[];
  /** Level the viewer chose, or undefined when the engine chooses. */
  readonly chosenLevel?: number;
  readonly playingLevel?: string;
};

/** One attempt at playing one stream into one video element; after a problem it is closed and a new one is made. */
export interface Engine {
  readonly protocol: StreamProtocol;
  reading(): EngineReading;
  /** Goes to the newest picture that can play without stalling. */
  seekToLive(): void;
  /** Undefined lets the engine choose. */
  chooseLevel(index: number | undefined): void;
  close(): void;
}

/** What an engine is given; `onProblem` is called at most once. */
export type EngineOptions = {
  readonly video: HTMLVideoElement;
  readonly url: string;
  /** After an end: a playlist that is still the ended one is an end again, and is not replayed. */
  readonly expectsLive: boolean;
  readonly onProblem: (problem: EngineProblem) => void;
};

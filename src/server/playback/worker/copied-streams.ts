import type { Stream, StreamId } from '../../../live/index.ts';

/** Copies of the server's streams, made when they are asked for and kept for as long as they are used. */
export interface CopiedStreams {
  readonly count: number;
  /** A copy; undefined where there is none to be had, or the signal aborts. */
  get(id: StreamId, signal: AbortSignal): Promise<Stream | undefined>;
  /** The copy is used now; one that is not there is fetched. */
  use(id: StreamId): void;
}

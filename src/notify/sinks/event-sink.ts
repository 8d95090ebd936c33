import type { StreamEvent } from '../index.ts';

/** A log of somebody else's to which all events are appended. */
export type EventSink = {
  /** Which log of which server; without credentials. */
  readonly name: string;
  /**
   * Connects anew, and gives the id of the newest event there; undefined where there is none of ours. Comes first, and
   * after each failure, as what was appended last may have come through or be lost again.
   */
  newest(): Promise<string | undefined>;
  /** All of them in this order; rejects where it is not known that all are there. */
  append(events: readonly StreamEvent[]): Promise<void>;
  close(): Promise<void>;
};

/** Less than the lease of who reads the events, so that nobody else appends meanwhile. */
export const SINK_TIMEOUT_MS = 8_000;

export function notConnected(): Error {
  return new Error('the connection was lost');
}

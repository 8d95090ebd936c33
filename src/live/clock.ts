/** Time as the core sees it: handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds that only go forward; for intervals and ordering. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch; for what people read, never for ordering. */
  wallMs(): number;
  /** Calls back once after `delayMs`; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

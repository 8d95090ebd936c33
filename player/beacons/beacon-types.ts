/**
 * What a player tells the server about one viewing, as JSON in a text/plain POST to `/_headwater/beacon`.
 *
 * All numbers are totals since the session began, so a lost beacon costs nothing: the newest replaces the one before.
 * `session` is chosen by the player at random (16 hex digits) and names one viewing of one stream by one protocol.
 *
 * ```json
 * { "v": 1, "app": "live", "stream": "demo", "protocol": "llhls", "session": "9f86d081884c7d65",
 *   "startupMs": 420, "watchedMs": 60000, "stalledMs": 800, "stalls": 1, "errors": ["HTTP_404"],
 *   "latencyMs": 2100, "height": 720, "droppedFrames": 3, "totalFrames": 1500 }
 * ```
 *
 * The rebuffer ratio is stalledMs / (watchedMs + stalledMs).
 */
export type Beacon = {
  readonly v: 1;
  readonly app: string;
  readonly stream: string;
  readonly protocol: BeaconProtocol;
  readonly session: string;
  /** From the wish to play to the first frame shown; absent until there was one. */
  readonly startupMs?: number;
  /** Time with a moving picture. */
  readonly watchedMs: number;
  /** Time without one after the first frame, while the viewer wanted to watch and the publisher was there. */
  readonly stalledMs: number;
  readonly stalls: number;
  /** At most 16 codes: `HTTP_<status>`, `NETWORK`, `CLOSED`, `CODEC`, `MEDIA`. */
  readonly errors: readonly string[];
  /** Behind the publisher: from the picture's clock where there is one, else estimated. */
  readonly latencyMs?: number;
  /** Of the picture shown, in pixels: the rung of the ladder. */
  readonly height?: number;
  readonly droppedFrames: number;
  readonly totalFrames: number;
};

/** `other` is a foreign page's own player, known only by its video element. */
export type BeaconProtocol = 'flv' | 'llhls' | 'hls' | 'native' | 'other';

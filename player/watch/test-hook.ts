import type { LiveStats } from './live-stats.ts';
import type { WatchSession } from './watch-session.ts';

/** What a browser test reads from `window.__headwater`; every field is fresh at each reading. */
export type HeadwaterHook = {
  readonly protocol: string;
  readonly state: string;
  readonly latencyMs: number | undefined;
  readonly glassLatencyMs: number | undefined;
  readonly decodedFrames: number;
  readonly droppedFrames: number;
  readonly stalls: number;
  /** When the picture was published, by the server's clock. */
  readonly wallMs: number | undefined;
  readonly isBehind: boolean;
  readonly levelSwitches: number;
  /** What plays now, as the menu calls it. */
  readonly quality: string | undefined;
  readonly pictureHeight: number;
};

declare global {
  interface Window {
    __headwater?: HeadwaterHook;
  }
}

/** Puts the hook on the window. */
export function exposeHook(session: WatchSession, stats: LiveStats): void {
  window.__headwater = {
    get protocol() {
      return session.protocol.value;
    },
    get state() {
      return session.state.value.kind;
    },
    get latencyMs() {
      return stats.glassLatencyMs() ?? session.reading().latencyMs;
    },
    get glassLatencyMs() {
      return stats.glassLatencyMs();
    },
    get wallMs() {
      const window = session.seekWindow.value;
      return window?.wallMsAt(session.screen.shown.value.currentTime);
    },
    get isBehind() {
      return session.isBehind.value;
    },
    get decodedFrames() {
      return session.viewing.frames().total;
    },
    get droppedFrames() {
      return session.viewing.frames().dropped;
    },
    get levelSwitches() {
      return session.reading().levelSwitches;
    },
    get quality() {
      return session.reading().playingLevel?.label;
    },
    get pictureHeight() {
      return session.screen.shown.value.videoHeight;
    },
    get stalls() {
      return session.viewing.meter.totals(performance.now()).stalls;
    },
  };
}

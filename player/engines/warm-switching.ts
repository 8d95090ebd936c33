import type Hls from 'hls.js';
import { wantedLevel } from './wanted-level.ts';

const LOOK_INTERVAL_MS = 1000;
/** More room must be there for this many looks before a better level is taken. */
const LOOKS_BEFORE_UP = 3;

/**
 * Chooses levels in the place of hls.js, which stops loading while it waits for the playlist of another level: with the
 * short buffer of low latency that is a stall where the server has to start the rendition first. Here a level is asked
 * for beforehand, and hls.js is held at the one that plays until it has come.
 */
export class WarmSwitching {
  readonly #hls: Hls;
  readonly #prepare: (uri: string, signal: AbortSignal) => Promise<void>;
  readonly #timer: number;
  readonly #abort = new AbortController();
  #isPreparing = false;
  #looksUp = 0;

  constructor(hls: Hls, prepare: (uri: string, signal: AbortSignal) => Promise<void>) {
    this.#hls = hls;
    this.#prepare = prepare;
    this.#timer = window.setInterval(() => void this.#look(), LOOK_INTERVAL_MS);
  }

  /** Holds hls.js at a level of its list, from the best one at the beginning on. */
  hold(level: number): void {
    const held = this.#hls.levels[level];
    if (!held) return;
    this.#hls.autoLevelCapping = level;
    this.#hls.config.minAutoBitrate = held.maxBitrate;
  }

  /** Lets hls.js take what it can get: the level that plays can't be had any more. */
  release(): void {
    this.#hls.autoLevelCapping = -1;
    this.#hls.config.minAutoBitrate = 0;
  }

  close(): void {
    this.#abort.abort();
    window.clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { levels, autoLevelEnabled, loadLevel, bandwidthEstimate } = this.#hls;
    if (!autoLevelEnabled || this.#isPreparing || levels.length < 2 || !levels[loadLevel]) return;
    const bitrates = levels.map(({ maxBitrate }) => maxBitrate);
    const wanted = wantedLevel(bitrates, loadLevel, bandwidthEstimate);
    this.#looksUp = wanted > loadLevel ? this.#looksUp + 1 : 0;
    if (wanted === loadLevel || (wanted > loadLevel && this.#looksUp < LOOKS_BEFORE_UP)) return;
    this.#looksUp = 0;
    this.#isPreparing = true;
    await this.#prepare(levels[wanted]?.uri ?? '', this.#abort.signal);
    this.#isPreparing = false;
    if (!this.#abort.signal.aborted && this.#hls.autoLevelEnabled) this.hold(wanted);
  }
}

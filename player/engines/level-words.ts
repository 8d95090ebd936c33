import { formatBitrate } from '../wording/index.ts';

/** What is known of a variant; sizes are 0 where there is no picture. */
export type LevelFacts = {
  readonly name: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly frameRate?: number | undefined;
  /** Bits per second. */
  readonly bitrate?: number | undefined;
};

/** From this rate on motion looks different, so that the label says it. */
const FAST_FPS = 45;
const SOURCE = '_source';

/** A variant in the words of a menu: `720p60`, and its name and bitrate. */
export function levelWords({ name, width, height, frameRate = 0, bitrate }: LevelFacts): {
  label: string;
  detail: string;
} {
  const shortSide = Math.min(width, height);
  const fast = frameRate >= FAST_FPS ? Math.round(frameRate) : '';
  const called = name === SOURCE ? 'source' : (name ?? '');
  const kbps = bitrate ? formatBitrate(bitrate / 1000) : '';
  const label = shortSide > 0 ? `${shortSide}p${fast}` : 'Sound only';
  return { label, detail: [called, kbps].filter((part) => part !== '').join(' · ') };
}

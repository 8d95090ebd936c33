import type { SegmentWindow } from './segment-window.ts';

/** Fewer pictures tell nothing. */
const LEAST_PICTURES = 10;
/** What is as close to what the parameter sets declare is what they declare. */
const TOLERANCE = 0.03;

/** Pictures per second of the newest whole segment: as declared where that is true, else as counted. */
export function frameRateOf(window: SegmentWindow): number | undefined {
  const segment = window.listed().at(-1);
  const declared = segment?.tracks.video?.frameRate;
  const pictures = segment?.parts.reduce((sum, { packets }) => sum + packets.filter(isPicture).length, 0) ?? 0;
  if (!segment || pictures < LEAST_PICTURES) return declared;
  const counted = (pictures * 1000) / Math.max(1, segment.durationMs);
  const isTrue = declared !== undefined && Math.abs(declared - counted) <= counted * TOLERANCE;
  return isTrue ? declared : Math.round(counted * 100) / 100;
}

function isPicture({ kind }: { readonly kind: string }): boolean {
  return kind === 'video';
}

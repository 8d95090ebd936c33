import type { ArchivedSegment } from '../../archive/index.ts';
import { describeTracks, type HlsContainer, type VariantDescription } from '../../packager/index.ts';
import type { LadderView, Variant } from './ladder-view.ts';
import { describeVariants, SOURCE_ID } from './variants.ts';

/** A variant and segments of it from about the moment that is played first. */
export type PastVariant = { readonly variant: Variant; readonly sample: readonly ArchivedSegment[] };

/** What a transport stream adds to the fragments that were archived, at most. */
const TS_OVERHEAD = 1.1;

/** The variants that were archived, as a multivariant playlist lists them. */
export function describePast(
  view: LadderView,
  past: readonly PastVariant[],
  container: HlsContainer,
  uriOf: (variant: Variant) => string,
): VariantDescription[] {
  const variants = past.map(({ variant, sample }) => ({ ...variant, forecast: measured(variant, sample, container) }));
  return describeVariants({
    view: { ...view, variants },
    container,
    hasNoCaptions: false,
    packagerOf: () => undefined,
    uriOf,
  });
}

function measured({ folder, id }: Variant, sample: readonly ArchivedSegment[], container: HlsContainer) {
  const overhead = container === 'ts' ? TS_OVERHEAD : 1;
  const rateOf = (sizeBytes: number, durationMs: number) =>
    Math.ceil((sizeBytes * overhead * 8000) / Math.max(1, durationMs));
  const bytes = sample.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const ms = sample.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    ...describeTracks(sample.at(-1)?.slice.tracks ?? {}),
    template: folder === '' ? SOURCE_ID : folder.slice(0, -1),
    id,
    isAvailable: true,
    peakBitrate: Math.max(...sample.map(({ sizeBytes, durationMs }) => rateOf(sizeBytes, durationMs))),
    averageBitrate: rateOf(bytes, ms),
  };
}

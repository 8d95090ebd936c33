import type { TrackSet } from '../../live/index.ts';
import {
  describeTracks,
  frameRateOf,
  type HlsContainer,
  type HlsPackager,
  type VariantDescription,
} from '../../packager/index.ts';
import { fitsTs } from './hls-container.ts';
import type { LadderView, Variant } from './ladder-view.ts';

/** STABLE-VARIANT-ID of the stream as it was published: no template has an underscore in its name. */
export const SOURCE_ID = '_source';

type Described = Omit<VariantDescription, 'uri'> & { readonly variant: Variant };

export type DescribeOptions = {
  readonly view: LadderView;
  readonly container: HlsContainer;
  /** All of them are made of a stream that carries none. */
  readonly hasNoCaptions: boolean;
  /** Of what runs, without starting anything. */
  readonly packagerOf: (variant: Variant) => HlsPackager | undefined;
  readonly uriOf: (variant: Variant) => string;
};

/** The variants of a ladder that the container can carry, the stream itself first, then from the best on. */
export function describeVariants({
  view,
  container,
  hasNoCaptions,
  packagerOf,
  uriOf,
}: DescribeOptions): VariantDescription[] {
  const available = view.variants.filter(({ forecast }) => forecast?.isAvailable ?? true);
  const described = available.map((variant) => describe(variant, packagerOf(variant), container));
  const carried = described.filter(({ codecs }) => container === 'fmp4' || fitsTs(codecs));
  const listed = carried.length > 0 ? carried : described;
  if (view.variants.length === 1) return listed.map(({ variant, ...rest }) => ({ ...rest, uri: uriOf(variant) }));
  return listed.toSorted(byQuality).map(({ variant, ...rest }, index) => ({
    ...rest,
    uri: uriOf(variant),
    score: listed.length - index,
    stableId: variant.forecast?.template ?? SOURCE_ID,
    ...(hasNoCaptions ? { hasNoCaptions } : {}),
  }));
}

/** As measured where it runs and has a whole segment, else as planned. */
function describe(variant: Variant, packager: HlsPackager | undefined, container: HlsContainer): Described {
  const measured = packager && measuredOf(packager, container);
  const { forecast } = variant;
  if (measured) return { variant, ...measured };
  const { codecs = [], resolution, frameRate, peakBitrate = 0, averageBitrate = 0 } = forecast ?? {};
  return {
    variant,
    codecs,
    ...(resolution ? { resolution } : {}),
    ...(frameRate ? { frameRate } : {}),
    peakBitrate,
    averageBitrate,
  };
}

function measuredOf(packager: HlsPackager, container: HlsContainer): Omit<VariantDescription, 'uri'> | undefined {
  const tracks: TrackSet | undefined = packager.window.listed().at(-1)?.tracks;
  if (!tracks) return undefined;
  const { peak, average } = packager.bitrate(container);
  const frameRate = tracks.video && frameRateOf(packager.window);
  return {
    ...describeTracks(tracks),
    ...(frameRate ? { frameRate } : {}),
    peakBitrate: peak,
    averageBitrate: average,
  };
}

function byQuality(a: Described, b: Described): number {
  const rankOf = ({ variant }: Described) => (variant.folder === '' ? 1 : 0);
  const pixelsOf = ({ resolution }: Described) => (resolution ? resolution.width * resolution.height : 0);
  return (
    rankOf(b) - rankOf(a) ||
    pixelsOf(b) - pixelsOf(a) ||
    (b.frameRate ?? 0) - (a.frameRate ?? 0) ||
    b.averageBitrate - a.averageBitrate
  );
}

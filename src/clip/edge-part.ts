import { concat } from '../protocol/bytes/index.ts';
import type { Fmp4Sample, Fmp4VideoTrack, SampleEntry } from '../protocol/fmp4/index.ts';
import type { SegmentSource, SegmentTable } from '../record/index.ts';
import { type EdgeEncoderOptions, type EncodedEdge, encodeEdge } from './edge-encoder.ts';
import { type Edge, pictureAt } from './picture-plan.ts';
import type { PlacedPicture } from './source-stretch.ts';

/** Pictures that may be decoded between one and the next one displayed: the largest picture buffer of H.264. */
const MAX_REORDERED = 16;

export type MadeEdge = {
  readonly config: Uint8Array;
  /** @param track with the parameter sets that the edge has in the file */
  readonly tableOf: (track: Fmp4VideoTrack) => SegmentTable;
  readonly bytes: Uint8Array;
};

/** Reads what an edge is decoded from, and encodes it. */
export async function makeEdge(
  {
    edge,
    pictures,
    track,
  }: {
    readonly edge: Edge;
    readonly pictures: readonly PlacedPicture[];
    readonly track: Fmp4VideoTrack;
  },
  source: SegmentSource,
  options: EdgeEncoderOptions,
): Promise<MadeEdge> {
  const decoded = pictures.slice(edge.decoded.from, edge.decoded.to);
  const ptsTicks = edge.shown.map((index) => pictureAt(pictures, index).ptsTicks);
  const samples = await readSamples(decoded, source);
  const firstDtsTicks = pictureAt(decoded, 0).dtsTicks;
  const made = await encodeEdge({ track, samples, firstDtsTicks, ptsTicks }, options);
  const entries = entriesOf(made, edge, pictures);
  const bytes = concat(made.pictures.map(({ data }) => data));
  return {
    config: made.config,
    bytes,
    tableOf(described) {
      const run = { trackId: track.trackId, track: described, dataOffset: 0, ...entries };
      return { fragments: [{ payloadOffset: 0, payloadBytes: bytes.length, runs: [run] }], spans: {} };
    },
  };
}

/**
 * The n-th picture that is displayed takes the time at which the source decodes its n-th: never after it is shown, and
 * never where a picture that is copied is decoded.
 */
function entriesOf(
  made: EncodedEdge,
  { decoded, shown }: Edge,
  pictures: readonly PlacedPicture[],
): { readonly baseMediaDecodeTime: number; readonly samples: readonly SampleEntry[] } {
  const displayed = pictures
    .slice(decoded.from, decoded.to + MAX_REORDERED)
    .map(({ ptsTicks }) => ptsTicks)
    .sort((a, b) => a - b);
  const slots = shown.map((index) => decoded.from + displayed.indexOf(pictureAt(pictures, index).ptsTicks));
  const samples = made.pictures.map(({ data, isIdr }, index) => {
    const slot = slots[index] ?? 0;
    const { dtsTicks, durationTicks } = pictureAt(pictures, slot);
    const { ptsTicks } = pictureAt(pictures, shown[index] ?? 0);
    const compositionOffsetTicks = ptsTicks - dtsTicks;
    return { durationTicks, sizeBytes: data.length, compositionOffsetTicks, isSync: isIdr };
  });
  return { baseMediaDecodeTime: pictureAt(pictures, slots[0] ?? 0).dtsTicks, samples };
}

async function readSamples(pictures: readonly PlacedPicture[], source: SegmentSource): Promise<Fmp4Sample[]> {
  const samples: Fmp4Sample[] = [];
  let read: { readonly number: number; readonly bytes: Uint8Array } | undefined;
  for (const { segment, offset, sizeBytes, durationTicks, ptsTicks, dtsTicks, isIdr } of pictures) {
    if (read?.number !== segment.number) read = { number: segment.number, bytes: await source.bytes(segment) };
    const data = read.bytes.subarray(offset, offset + sizeBytes);
    samples.push({ durationTicks, sizeBytes, compositionOffsetTicks: ptsTicks - dtsTicks, isSync: isIdr, data });
  }
  return samples;
}

import type { ArchivedSegment } from '../archive/index.ts';
import type { Fmp4AudioTrack, Fmp4VideoTrack } from '../protocol/fmp4/index.ts';
import type { SegmentSource, SegmentTable, TrackRun } from '../record/index.ts';
import { withParameterSets } from './avc-edge.ts';
import type { CutRange, StreamRange } from './cut-range.ts';
import type { EdgeEncoderOptions } from './edge-encoder.ts';
import { type MadeEdge, makeEdge } from './edge-part.ts';
import { type ByteRange, keptSamples } from './kept-samples.ts';
import { type Edge, type IndexRange, type PicturePlan, pictureAt, planPictures } from './picture-plan.ts';
import type { SourceStretch } from './source-stretch.ts';

/** A part of the file: bytes that were made, or ranges of a segment. */
export type CutPart = { readonly table: SegmentTable; readonly shiftMs: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly segment: ArchivedSegment; readonly ranges: readonly ByteRange[] }
);

export type CutStretch = {
  /** @param beside configurations of all edges of the file */
  readonly partsOf: (beside: readonly Uint8Array[]) => readonly CutPart[];
  /** Of its edges. */
  readonly configs: readonly Uint8Array[];
  readonly shiftMs: number;
  readonly encodedPictures: number;
  /** Pictures that should be shown, and have no key frame before them. */
  readonly lostPictures: number;
  /** When its first picture or sound is shown, and when the last one has been. */
  readonly shown?: StreamRange & { readonly wallMs: number };
};

type CutJob = {
  readonly stretch: SourceStretch;
  readonly range: CutRange;
  readonly source: SegmentSource;
  readonly encoding: EdgeEncoderOptions;
};

/** Packets that a decoder needs before the first one whose sound is right. */
const PRE_ROLL: Readonly<Record<Fmp4AudioTrack['codec'], number>> = { aac: 1, mp3: 2, opus: 4, flac: 0 };
const NO_PICTURES: IndexRange = { from: 0, to: 0 };

/** Cuts one stretch of segments to what of the range it has. Throws where an edge cannot be encoded. */
export async function cutStretch(job: CutJob): Promise<CutStretch> {
  const { stretch, range } = job;
  const shiftMs = stretch.segments[0]?.shiftMs ?? 0;
  const { video } = stretch;
  if (!video) return soundOnly(stretch, range, shiftMs);
  if (video.codec !== 'h264') throw new Error(`the source has ${video.codec}, and only h264 is cut to the picture`);
  const ticks = (ms: number) => (ms * video.timescale) / 1000;
  const plan = planPictures(stretch.pictures, ticks(range.fromMs), ticks(range.toMs));
  const shown = shownOf(stretch, plan, video.timescale);
  if (!shown) return { ...nothing(shiftMs), lostPictures: plan.lost };
  const edges = await makeEdges(job, plan, video);
  const sound = soundRange(stretch, range, shown);
  const configs = [edges.lead?.config, edges.tail?.config].filter((config) => config !== undefined);
  const encodedPictures = (plan.lead?.shown.length ?? 0) + (plan.tail?.shown.length ?? 0);
  const parts = { stretch, plan, edges, video, sound, shiftMs };
  return {
    partsOf: (beside) => partsOf(parts, beside),
    configs,
    shiftMs,
    encodedPictures,
    lostPictures: plan.lost,
    shown,
  };
}

function nothing(shiftMs: number): CutStretch {
  return { partsOf: () => [], configs: [], shiftMs, encodedPictures: 0, lostPictures: 0 };
}

function soundOnly({ segments }: SourceStretch, range: CutRange, shiftMs: number): CutStretch {
  const parts = segments.flatMap(({ segment, table }) => {
    const kept = keptSamples(table, 0, NO_PICTURES, soundWithin(range));
    return kept.ranges.length > 0 ? [{ ...kept, segment, shiftMs }] : [];
  });
  const [first, last] = [parts[0], parts.at(-1)];
  const [begin, end] = [first?.table.spans.audio?.startMs, last?.table.spans.audio?.endMs];
  if (!first || begin === undefined || end === undefined) return nothing(shiftMs);
  const [fromMs, toMs] = [Math.max(range.fromMs, begin), Math.min(range.toMs, end)];
  const wallMs = first.segment.wallMs + fromMs - first.segment.startDtsMs;
  return { ...nothing(shiftMs), partsOf: () => parts, shown: { fromMs, toMs, wallMs } };
}

/** By the first and the last picture in the order of display. */
function shownOf(
  { pictures }: SourceStretch,
  { lead, copied, tail }: PicturePlan,
  timescale: number,
): CutStretch['shown'] {
  const copies = copied ? pictures.slice(copied.from, copied.to) : [];
  const edges = [lead, tail].flatMap((edge) => edge?.shown.map((index) => pictureAt(pictures, index)) ?? []);
  const [first, ...rest] = [...copies, ...edges];
  if (!first) return undefined;
  let [earliest, latest] = [first, first];
  for (const picture of rest) {
    if (picture.ptsTicks < earliest.ptsTicks) earliest = picture;
    if (picture.ptsTicks > latest.ptsTicks) latest = picture;
  }
  const ms = (ticks: number) => (ticks * 1000) / timescale;
  const fromMs = ms(earliest.ptsTicks);
  const wallMs = earliest.segment.wallMs + fromMs - earliest.segment.startDtsMs;
  return { fromMs, toMs: ms(shownUntil(pictures, latest)), wallMs };
}

/** When the next picture is shown; behind the last one it is as long as it took to come. */
function shownUntil(
  pictures: SourceStretch['pictures'],
  { ptsTicks, durationTicks }: SourceStretch['pictures'][number],
): number {
  let until = Number.POSITIVE_INFINITY;
  for (const picture of pictures) if (picture.ptsTicks > ptsTicks) until = Math.min(until, picture.ptsTicks);
  return until === Number.POSITIVE_INFINITY ? ptsTicks + durationTicks : until;
}

type Edges = { readonly lead?: MadeEdge | undefined; readonly tail?: MadeEdge | undefined };

async function makeEdges(
  { stretch: { pictures }, source, encoding }: CutJob,
  { lead, tail }: PicturePlan,
  track: Fmp4VideoTrack,
): Promise<Edges> {
  const make = (edge: Edge | undefined, parameterSet: number) =>
    edge && makeEdge({ edge, pictures, track }, source, { ...encoding, parameterSet });
  return { lead: await make(lead, 0), tail: await make(tail, 1) };
}

/** Between seams all of the sound is kept; at the cuts it is as long as the pictures are shown. */
function soundRange({ segments }: SourceStretch, { first, last }: CutRange, shown: StreamRange): StreamRange {
  const has = ({ number }: ArchivedSegment) => segments.some(({ segment }) => segment.number === number);
  return {
    fromMs: has(first) ? shown.fromMs : Number.NEGATIVE_INFINITY,
    toMs: has(last) ? shown.toMs : Number.POSITIVE_INFINITY,
  };
}

function soundWithin({ fromMs, toMs }: StreamRange) {
  return ({ track }: TrackRun, ptsTicks: number, durationTicks: number): boolean => {
    if (track.kind !== 'audio') return false;
    const ms = (ticks: number) => (ticks * 1000) / track.timescale;
    return ms(ptsTicks + durationTicks * (1 + PRE_ROLL[track.codec])) > fromMs && ms(ptsTicks) < toMs;
  };
}

type PartsOfStretch = {
  readonly stretch: SourceStretch;
  readonly plan: PicturePlan;
  readonly edges: Edges;
  readonly video: Fmp4VideoTrack;
  readonly sound: StreamRange;
  readonly shiftMs: number;
};

/** The encoded beginning, what is copied of each segment, the encoded end. */
function partsOf(
  { stretch, plan, edges: { lead, tail }, video, sound, shiftMs }: PartsOfStretch,
  beside: readonly Uint8Array[],
): CutPart[] {
  const described = (own: Uint8Array) => ({ ...video, config: withParameterSets(own, video.config, ...beside) });
  const edgePart = (edge: MadeEdge | undefined): CutPart[] =>
    edge ? [{ table: edge.tableOf(described(edge.config)), bytes: edge.bytes, shiftMs }] : [];
  const copiedTrack = described(video.config);
  const copiedParts: CutPart[] = [];
  let picture = 0;
  for (const { segment, table } of stretch.segments) {
    const { ranges, table: kept } = keptSamples(table, picture, plan.copied ?? NO_PICTURES, soundWithin(sound));
    picture += countPictures(table);
    const withTrack = (run: TrackRun) => (run.track.kind === 'video' ? { ...run, track: copiedTrack } : run);
    const fragments = kept.fragments.map((fragment) => ({ ...fragment, runs: fragment.runs.map(withTrack) }));
    if (ranges.length > 0) copiedParts.push({ table: { ...kept, fragments }, segment, ranges, shiftMs });
  }
  return [...edgePart(lead), ...copiedParts, ...edgePart(tail)];
}

function countPictures({ fragments }: SegmentTable): number {
  const runs = fragments.flatMap(({ runs }) => runs).filter(({ track }) => track.kind === 'video');
  return runs.reduce((sum, { samples }) => sum + samples.length, 0);
}

import type { ArchivedSegment } from '../archive/index.ts';
import { encodeMovie } from '../protocol/fmp4/index.ts';
import {
  type ExportJob,
  type ExportReport,
  exportMp4,
  MovieTables,
  readAhead,
  SegmentLostError,
  Survey,
  ticksOf,
} from '../record/index.ts';
import { ClipError } from './clip-error.ts';
import { type CutRange, cutRange, lastRange } from './cut-range.ts';
import { type CutPart, type CutStretch, cutStretch } from './cut-stretch.ts';
import type { EdgeEncoderOptions } from './edge-encoder.ts';
import { SourceStretch } from './source-stretch.ts';

export type SmartCutOptions = {
  /** Wall clock. */
  readonly startMs: number;
  readonly endMs: number;
  /** So much of the stream's own time before the end, instead of from `startMs` on. */
  readonly lengthMs?: number | undefined;
  /** FFmpeg, and what starts it: `['setpriv', '--pdeathsig', 'KILL', '/usr/bin/ffmpeg']`. */
  readonly ffmpeg: readonly string[];
  /** For each of the two edges. */
  readonly timeoutMs?: number;
};

export type SmartCutReport = ExportReport & {
  /** Has the wanted pictures and sounds, no more and no less; else it begins and ends where it can. */
  readonly isExact: boolean;
  /** Why not, in words for operators. */
  readonly inexactBecause?: string;
  readonly encodedPictures: number;
};

const TIMEOUT_MS = 60_000;

/**
 * An MP4 of exactly what was shown from `startMs` to before `endMs`. Only pictures at the edges are encoded anew; those
 * of whole groups between are the source's, bit by bit. Sound is cut to the sample by an edit list.
 *
 * The job's segments are those that overlap the range and, for pictures that are shown later than they are decoded, one
 * more at each end where there is one; they begin with a key frame. What is not H.264, or cannot be encoded, is cut to
 * the segment. Throws ClipError where there is nothing, and as exportMp4 does.
 */
export function smartCut(
  options: SmartCutOptions,
): (job: ExportJob) => AsyncGenerator<Uint8Array, SmartCutReport, void> {
  return async function* (job) {
    const range = rangeOf(job.segments, options);
    if (!range) throw nothingToClip();
    const survey = new Survey(job);
    const stretches = await stretchesOf(survey, range);
    const encoding = { command: options.ffmpeg, timeoutMs: options.timeoutMs ?? TIMEOUT_MS, signal: job.signal };
    const cuts = await cutAll(stretches, range, job, encoding);
    if (typeof cuts === 'string') return yield* cutToSegments(job, range, cuts);
    return yield* writeMovie(job, cuts, reportOf(survey, stretches, range));
  };
}

function rangeOf(segments: ExportJob['segments'], { startMs, endMs, lengthMs }: SmartCutOptions): CutRange | undefined {
  return lengthMs === undefined ? cutRange(segments, startMs, endMs) : lastRange(segments, endMs, lengthMs);
}

async function stretchesOf(survey: Survey, { first, last, toMs }: CutRange): Promise<SourceStretch[]> {
  const stretches: SourceStretch[] = [];
  for await (const surveyed of survey.segments()) {
    const { segment } = surveyed;
    const current = stretches.at(-1);
    const goesOn = current?.goesOnWith(segment) ?? false;
    // What is behind the last one only has sound and pictures that came late.
    if (segment.number > last.number && (!goesOn || toMs === Number.POSITIVE_INFINITY)) continue;
    const stretch = current && goesOn ? current : new SourceStretch();
    stretch.add(surveyed);
    if (stretch !== current) stretches.push(stretch);
  }
  // What is before the first one is there for its pictures.
  return stretches.filter((stretch) => (stretch.last?.number ?? 0) >= first.number);
}

/** The reason where pictures would have to be encoded and cannot be. */
async function cutAll(
  stretches: readonly SourceStretch[],
  range: CutRange,
  { source, signal }: ExportJob,
  encoding: EdgeEncoderOptions,
): Promise<CutStretch[] | string> {
  try {
    const cuts: CutStretch[] = [];
    for (const stretch of stretches) cuts.push(await cutStretch({ stretch, range, source, encoding }));
    return cuts;
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

async function* cutToSegments(
  job: ExportJob,
  { first, last }: CutRange,
  inexactBecause: string,
): AsyncGenerator<Uint8Array, SmartCutReport, void> {
  const isWanted = ({ number }: ArchivedSegment) => number >= first.number && number <= last.number;
  const report = yield* exportMp4({ ...job, segments: job.segments.filter(isWanted) });
  return { ...report, isExact: false, inexactBecause, encodedPictures: 0 };
}

async function* writeMovie(
  job: ExportJob,
  cuts: readonly CutStretch[],
  report: ExportReport,
): AsyncGenerator<Uint8Array, SmartCutReport, void> {
  const [start, end] = [cuts.find(({ shown }) => shown), cuts.findLast(({ shown }) => shown)];
  if (!start?.shown || !end?.shown) throw nothingToClip();
  const [fromMs, toMs] = [start.shown.fromMs - start.shiftMs, end.shown.toMs - end.shiftMs];
  const beside = cuts.flatMap(({ configs }) => configs);
  const parts = cuts.flatMap((cut) => cut.partsOf(beside));
  const tables = new MovieTables();
  for (const { table, shiftMs } of parts) tables.add(table, shiftMs);
  const tracks = tables.tracks.map((track) => {
    const { kind, timescale } = track.descriptions[0];
    if (kind === 'video') return track;
    return { ...track, shown: { fromTicks: ticksOf(fromMs, timescale), toTicks: ticksOf(toMs, timescale) } };
  });
  const wallMs = start.shown.wallMs;
  const head = encodeMovie({ tracks, payloadBytes: tables.payloadBytes, createdMs: wallMs });
  yield head;
  yield* payloadOf(job, parts);
  const encodedPictures = cuts.reduce((sum, cut) => sum + cut.encodedPictures, 0);
  const sizeBytes = head.length + tables.payloadBytes;
  const made = { ...report, sizeBytes, wallMs, durationMs: toMs - fromMs, encodedPictures };
  const lostPictures = cuts.reduce((sum, cut) => sum + cut.lostPictures, 0);
  if (lostPictures === 0) return { ...made, isExact: true };
  return { ...made, isExact: false, inexactBecause: `${lostPictures} pictures have no key frame before them` };
}

/** Without those at the ends that are there for their neighbours' sake. */
function reportOf(survey: Survey, stretches: readonly SourceStretch[], { first, last }: CutRange): ExportReport {
  const numbers = stretches.flatMap(({ segments }) => segments.map(({ segment }) => segment.number));
  const segmentCount = numbers.filter((number) => number >= first.number && number <= last.number).length;
  return { ...survey.report(0), firstSegment: first.number, lastSegment: last.number, segmentCount };
}

/** In the order of the tables: what was encoded is there, what is copied is read once more. */
async function* payloadOf(job: ExportJob, parts: readonly CutPart[]): AsyncGenerator<Uint8Array, void, void> {
  const segments = parts.flatMap((part) => ('segment' in part ? [part.segment] : []));
  const read = readAhead({ ...job, segments });
  for (const part of parts) {
    if ('bytes' in part) {
      yield part.bytes;
      continue;
    }
    const { value } = await read.next();
    if (!value?.bytes) throw new SegmentLostError(part.segment.number);
    for (const { from, to } of part.ranges) yield value.bytes.subarray(from, to);
  }
}

function nothingToClip(): ClipError {
  const remedy = 'Choose a time that the stream has been through and that the archive still has.';
  return new ClipError('NOTHING_TO_CLIP', 'nothing was published between start and end', remedy);
}

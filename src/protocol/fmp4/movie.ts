import { ByteWriter } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';
import { checkTrack } from './init-segment.ts';
import { writeDinf, writeHdlr, writeMdhd, writeMediaHeader, writeMvhd, writeTkhd } from './movie-boxes.ts';
import { writeSampleTable } from './sample-boxes.ts';
import type { SampleTable } from './sample-table.ts';
import type { Fmp4Track } from './track.ts';

/** A track of a progressive MP4. */
export type MovieTrack = {
  /** The sets of parameters that its samples have, as chunks number them; all of one id, in the first one's timescale. */
  readonly descriptions: readonly [Fmp4Track, ...Fmp4Track[]];
  readonly samples: SampleTable;
  /** dts of its first sample, in its timescale, on a clock that all tracks share. */
  readonly startTicks: number;
  /** What is shown of it, on the same clock, where that is not all: samples outside are only decoded. */
  readonly shown?: { readonly fromTicks: number; readonly toTicks: number };
};

/** What `encodeMovie` takes. */
export type Movie = {
  /** With samples each, and with different ids. */
  readonly tracks: readonly MovieTrack[];
  readonly payloadBytes: number;
  /** Wall clock, for people; left out, it is unknown. */
  readonly createdMs?: number;
};

type EditedTrack = MovieTrack & { readonly edit: Edit };
/** In the ticks of the movie, but `mediaTicks`, which is in those of the track. */
type Edit = { readonly emptyTicks: number; readonly shownTicks: number; readonly mediaTicks: number };

const MAX_U32 = 2 ** 32 - 1;
/** A multiple of every frame's milliseconds, and fine enough to find an audio track's first sample. */
const MOVIE_TIMESCALE = 90_000;
const LARGE_MDAT_EXTRA_BYTES = 8;
const SECONDS_1904_TO_1970 = 2_082_844_800;

/**
 * Encodes a progressive MP4 as far as the mdat's payload, which follows: ftyp, moov, and the mdat's header. So the file
 * plays from its first bytes on. The first picture or sound of all tracks is the movie's beginning. Offsets have 64 bits
 * where the file is past 4 GiB.
 */
export function encodeMovie(movie: Movie): Uint8Array {
  const { payloadBytes } = movie;
  if (movie.tracks.length === 0) throw new RangeError('a movie needs a track');
  for (const track of movie.tracks) check(track);
  const tracks = withEdits(movie.tracks);
  const short = encodeHead(movie, tracks, { payloadAt: 0, hasLongOffsets: false });
  const shortAt = short.length;
  if (shortAt + payloadBytes <= MAX_U32)
    return encodeHead(movie, tracks, { payloadAt: shortAt, hasLongOffsets: false });
  const chunks = tracks.reduce((sum, { samples }) => sum + samples.chunkOffsets.length, 0);
  return encodeHead(movie, tracks, { payloadAt: shortAt + 4 * chunks, hasLongOffsets: true });
}

function check({ descriptions, samples, startTicks }: MovieTrack): void {
  const [first] = descriptions;
  for (const description of descriptions) {
    checkTrack(description);
    if (description.trackId !== first.trackId || description.kind !== first.kind) {
      throw new RangeError('descriptions of different tracks in one');
    }
  }
  if (samples.sizes.length === 0) throw new RangeError(`track ${first.trackId} has no samples`);
  if (!Number.isSafeInteger(startTicks)) throw new RangeError(`startTicks ${startTicks} is not a safe integer`);
}

function withEdits(tracks: readonly MovieTrack[]): readonly EditedTrack[] {
  const zero = Math.min(...tracks.map((track) => shownOf(track).fromTicks / track.descriptions[0].timescale));
  return tracks.map((track) => {
    const { fromTicks, toTicks } = shownOf(track);
    const { timescale } = track.descriptions[0];
    // media_time can't be negative: -1 stands for nothing.
    const mediaTicks = Math.max(0, fromTicks - track.startTicks);
    const edit = {
      emptyTicks: Math.round((fromTicks / timescale - zero) * MOVIE_TIMESCALE),
      shownTicks: Math.ceil(((toTicks - track.startTicks - mediaTicks) * MOVIE_TIMESCALE) / timescale),
      mediaTicks,
    };
    return { ...track, edit };
  });
}

function shownOf({ samples, startTicks, shown }: MovieTrack): { readonly fromTicks: number; readonly toTicks: number } {
  const fromTicks = startTicks + samples.shownFromTicks;
  const toTicks = startTicks + samples.shownToTicks;
  if (!shown) return { fromTicks, toTicks };
  return { fromTicks: Math.max(fromTicks, shown.fromTicks), toTicks: Math.min(toTicks, shown.toTicks) };
}

type Layout = { readonly payloadAt: number; readonly hasLongOffsets: boolean };

function encodeHead(movie: Movie, tracks: readonly EditedTrack[], layout: Layout): Uint8Array {
  const w = new ByteWriter(64 * 1024);
  const createdSeconds = movie.createdMs === undefined ? 0 : Math.floor(movie.createdMs / 1000) + SECONDS_1904_TO_1970;
  writeFtyp(w, tracks);
  writeBox(w, 'moov', () => {
    const duration = Math.max(...tracks.map(durationOf));
    const described = tracks.map(({ descriptions }) => descriptions[0]);
    writeMvhd(w, { timescale: MOVIE_TIMESCALE, tracks: described, duration, createdSeconds });
    for (const track of tracks) writeTrak(w, track, createdSeconds, layout);
  });
  writeMdatHead(w, movie.payloadBytes);
  return w.toBytes();
}

function durationOf({ edit }: EditedTrack): number {
  return edit.emptyTicks + edit.shownTicks;
}

/** `iso4` for signed composition offsets. */
function writeFtyp(w: ByteWriter, tracks: readonly MovieTrack[]): void {
  const hasAv1 = tracks.some(({ descriptions }) => descriptions.some(({ codec }) => codec === 'av1'));
  writeBox(w, 'ftyp', () => {
    const minorVersion = 512;
    w.fourCC('isom').u32(minorVersion).fourCC('isom').fourCC('iso4').fourCC('mp41');
    if (hasAv1) w.fourCC('av01');
  });
}

function writeTrak(w: ByteWriter, track: EditedTrack, createdSeconds: number, layout: Layout): void {
  const { descriptions, samples } = track;
  const { kind, timescale } = descriptions[0];
  writeBox(w, 'trak', () => {
    writeTkhd(w, largestOf(descriptions), { duration: durationOf(track), createdSeconds });
    writeEdits(w, track);
    writeBox(w, 'mdia', () => {
      writeMdhd(w, { timescale, duration: samples.durationTicks, createdSeconds });
      writeHdlr(w, kind);
      writeBox(w, 'minf', () => {
        writeMediaHeader(w, kind);
        writeDinf(w);
        writeSampleTable(w, descriptions, samples, layout);
      });
    });
  });
}

/** The room that players make for the picture is that of the largest one. */
function largestOf(descriptions: MovieTrack['descriptions']): Fmp4Track {
  const area = (track: Fmp4Track) => (track.kind === 'video' ? track.width * track.height : 0);
  return descriptions.reduce((largest, track) => (area(track) > area(largest) ? track : largest));
}

/** An elst (ISO/IEC 14496-12, 8.6.6), where the track does not begin with the movie and its first sample. */
function writeEdits(w: ByteWriter, { edit: { emptyTicks, shownTicks, mediaTicks }, shown }: EditedTrack): void {
  if (emptyTicks === 0 && mediaTicks === 0 && !shown) return;
  const isLong = Math.max(emptyTicks, shownTicks, mediaTicks) > MAX_U32 / 2;
  const writeEdit = (durationTicks: number, fromTicks: number | undefined) => {
    if (isLong) w.u64(durationTicks);
    else w.u32(durationTicks);
    if (fromTicks === undefined) w.bytes(new Uint8Array(isLong ? 8 : 4).fill(0xff));
    else if (isLong) w.u64(fromTicks);
    else w.u32(fromTicks);
    const rate = 1;
    w.u16(rate).u16(0);
  };
  writeBox(w, 'edts', () => {
    writeFullBox(w, 'elst', isLong ? 1 : 0, 0, () => {
      w.u32(emptyTicks > 0 ? 2 : 1);
      if (emptyTicks > 0) writeEdit(emptyTicks, undefined);
      writeEdit(shownTicks, mediaTicks);
    });
  });
}

function writeMdatHead(w: ByteWriter, payloadBytes: number): void {
  const sizeBytes = payloadBytes + 8;
  if (sizeBytes <= MAX_U32) w.u32(sizeBytes).fourCC('mdat');
  else
    w.u32(1)
      .fourCC('mdat')
      .u64(sizeBytes + LARGE_MDAT_EXTRA_BYTES);
}

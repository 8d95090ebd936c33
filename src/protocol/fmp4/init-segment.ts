import { ByteWriter } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';
import { writeDinf, writeHdlr, writeMdhd, writeMediaHeader, writeMvhd, writeTkhd } from './movie-boxes.ts';
import { writeSampleEntry } from './sample-entry.ts';
import type { Fmp4Track } from './track.ts';

const MAX_TRACKS = 16;
const MOVIE_TIMESCALE = 1000;
/** The fragments tell how long it is. */
const NO_TIMES = { duration: 0, createdSeconds: 0 };

/**
 * Encodes an init segment: ftyp and a moov without samples or edit lists.
 * Takes 1 to 16 tracks with different ids; throws RangeError otherwise and for fields past their width,
 * MalformedError for an Opus or FLAC config that cannot be read.
 */
export function encodeInitSegment(tracks: readonly Fmp4Track[]): Uint8Array {
  checkTracks(tracks);
  const w = new ByteWriter(2048);
  writeFtyp(w, tracks);
  writeBox(w, 'moov', () => {
    writeMvhd(w, { ...NO_TIMES, timescale: MOVIE_TIMESCALE, tracks });
    for (const track of tracks) writeTrak(w, track);
    writeBox(w, 'mvex', () => {
      for (const track of tracks) writeTrex(w, track.trackId);
    });
  });
  return w.toBytes();
}

/** Throws RangeError for a field past its width. */
export function checkTrack(track: Fmp4Track): void {
  checkField('trackId', track.trackId, 1, 2 ** 32 - 2);
  checkField('timescale', track.timescale, 1, 2 ** 32 - 1);
  if (track.kind === 'video') {
    checkField('width', track.width, 0, 0xffff);
    checkField('height', track.height, 0, 0xffff);
  } else {
    checkField('sampleRate', track.sampleRate, 0, 2 ** 32 - 1);
    checkField('channels', track.channels, 0, 0xffff);
  }
}

function checkTracks(tracks: readonly Fmp4Track[]): void {
  if (tracks.length < 1 || tracks.length > MAX_TRACKS) throw new RangeError(`${tracks.length} tracks, not 1 to 16`);
  if (new Set(tracks.map((track) => track.trackId)).size < tracks.length) throw new RangeError('track id given twice');
  for (const track of tracks) checkTrack(track);
}

function checkField(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} ${value} is not an integer from ${min} to ${max}`);
  }
}

/** `iso6` for signed composition offsets in trun; `cmfc` only for one track, as CMAF has it (ISO/IEC 23000-19, 7.3.1). */
function writeFtyp(w: ByteWriter, tracks: readonly Fmp4Track[]): void {
  const brands = ['iso5', 'iso6', 'mp41'];
  if (tracks.length === 1) brands.push('cmfc');
  if (tracks.some((track) => track.codec === 'av1')) brands.push('av01');
  writeBox(w, 'ftyp', () => {
    const minorVersion = 0;
    w.fourCC('iso6').u32(minorVersion);
    for (const brand of brands) w.fourCC(brand);
  });
}

function writeTrak(w: ByteWriter, track: Fmp4Track): void {
  writeBox(w, 'trak', () => {
    writeTkhd(w, track, NO_TIMES);
    writeBox(w, 'mdia', () => {
      writeMdhd(w, { ...NO_TIMES, timescale: track.timescale });
      writeHdlr(w, track.kind);
      writeBox(w, 'minf', () => {
        writeMediaHeader(w, track.kind);
        writeDinf(w);
        writeStbl(w, track);
      });
    });
  });
}

/** A sample table with a description and no samples; they are in the fragments. */
function writeStbl(w: ByteWriter, track: Fmp4Track): void {
  const entryCount = 0;
  writeBox(w, 'stbl', () => {
    writeFullBox(w, 'stsd', 0, 0, () => {
      w.u32(1);
      writeSampleEntry(w, track);
    });
    writeFullBox(w, 'stts', 0, 0, () => w.u32(entryCount));
    writeFullBox(w, 'stsc', 0, 0, () => w.u32(entryCount));
    writeFullBox(w, 'stsz', 0, 0, () => w.u32(0).u32(entryCount));
    writeFullBox(w, 'stco', 0, 0, () => w.u32(entryCount));
  });
}

function writeTrex(w: ByteWriter, trackId: number): void {
  writeFullBox(w, 'trex', 0, 0, () => {
    const sampleDescriptionIndex = 1;
    const defaultDuration = 0;
    const defaultSize = 0;
    const defaultFlags = 0;
    w.u32(trackId).u32(sampleDescriptionIndex).u32(defaultDuration).u32(defaultSize).u32(defaultFlags);
  });
}

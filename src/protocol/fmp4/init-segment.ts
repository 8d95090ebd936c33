import { ByteWriter } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';
import { writeSampleEntry } from './sample-entry.ts';
import type { Fmp4Track } from './track.ts';

const MAX_TRACKS = 16;
const MOVIE_TIMESCALE = 1000;
const UNIT_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000] as const;
const RATE_1 = 0x10000;
const FULL_VOLUME = 0x0100;
const LANGUAGE_UND = 0x55c4;

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
    writeMvhd(w, Math.max(...tracks.map((track) => track.trackId)) + 1);
    for (const track of tracks) writeTrak(w, track);
    writeBox(w, 'mvex', () => {
      for (const track of tracks) writeTrex(w, track.trackId);
    });
  });
  return w.toBytes();
}

function checkTracks(tracks: readonly Fmp4Track[]): void {
  if (tracks.length < 1 || tracks.length > MAX_TRACKS) throw new RangeError(`${tracks.length} tracks, not 1 to 16`);
  if (new Set(tracks.map((track) => track.trackId)).size < tracks.length) throw new RangeError('track id given twice');
  for (const track of tracks) {
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

function writeMvhd(w: ByteWriter, nextTrackId: number): void {
  writeFullBox(w, 'mvhd', 0, 0, () => {
    const duration = 0;
    w.zeros(8).u32(MOVIE_TIMESCALE).u32(duration);
    w.u32(RATE_1).u16(FULL_VOLUME).zeros(10);
    writeMatrix(w);
    w.zeros(24).u32(nextTrackId);
  });
}

function writeTrak(w: ByteWriter, track: Fmp4Track): void {
  writeBox(w, 'trak', () => {
    writeTkhd(w, track);
    writeBox(w, 'mdia', () => {
      writeMdhd(w, track.timescale);
      writeHdlr(w, track.kind);
      writeBox(w, 'minf', () => {
        writeMediaHeader(w, track.kind);
        writeDinf(w);
        writeStbl(w, track);
      });
    });
  });
}

function writeTkhd(w: ByteWriter, track: Fmp4Track): void {
  const enabledInMovie = 3;
  writeFullBox(w, 'tkhd', 0, enabledInMovie, () => {
    const duration = 0;
    w.zeros(8).u32(track.trackId).zeros(4).u32(duration).zeros(8);
    const layer = 0;
    const alternateGroup = 0;
    w.i16(layer)
      .i16(alternateGroup)
      .u16(track.kind === 'audio' ? FULL_VOLUME : 0)
      .zeros(2);
    writeMatrix(w);
    const isVideo = track.kind === 'video';
    w.u16(isVideo ? track.width : 0).u16(0);
    w.u16(isVideo ? track.height : 0).u16(0);
  });
}

function writeMdhd(w: ByteWriter, timescale: number): void {
  writeFullBox(w, 'mdhd', 0, 0, () => {
    const duration = 0;
    w.zeros(8).u32(timescale).u32(duration).u16(LANGUAGE_UND).u16(0);
  });
}

function writeHdlr(w: ByteWriter, kind: Fmp4Track['kind']): void {
  writeFullBox(w, 'hdlr', 0, 0, () => {
    w.u32(0)
      .fourCC(kind === 'video' ? 'vide' : 'soun')
      .zeros(12);
    w.utf8(kind === 'video' ? 'VideoHandler\0' : 'SoundHandler\0');
  });
}

function writeMediaHeader(w: ByteWriter, kind: Fmp4Track['kind']): void {
  if (kind === 'video') writeFullBox(w, 'vmhd', 0, 1, () => w.zeros(8));
  else writeFullBox(w, 'smhd', 0, 0, () => w.zeros(4));
}

function writeDinf(w: ByteWriter): void {
  const entryCount = 1;
  const inThisFile = 1;
  writeBox(w, 'dinf', () => {
    writeFullBox(w, 'dref', 0, 0, () => {
      w.u32(entryCount);
      writeFullBox(w, 'url ', 0, inThisFile, () => {});
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

function writeMatrix(w: ByteWriter): void {
  for (const value of UNIT_MATRIX) w.u32(value);
}

import type { ByteWriter } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';
import type { Fmp4Track } from './track.ts';

/** Times that the three header boxes have in common. */
export type HeaderTimes = {
  /** In the ticks of the movie, or in mdhd of the media. */
  readonly duration: number;
  /** Since 1904; 0 is unknown. */
  readonly createdSeconds: number;
};

const MAX_U32 = 2 ** 32 - 1;
const UNIT_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000] as const;
const RATE_1 = 0x10000;
const FULL_VOLUME = 0x0100;
const LANGUAGE_UND = 0x55c4;

export function writeMvhd(
  w: ByteWriter,
  { timescale, tracks, ...times }: HeaderTimes & { readonly timescale: number; readonly tracks: readonly Fmp4Track[] },
): void {
  const nextTrackId = Math.max(...tracks.map((track) => track.trackId)) + 1;
  writeTimedBox(w, 'mvhd', 0, times, (writeTime) => {
    w.u32(timescale);
    writeTime(times.duration);
    w.u32(RATE_1).u16(FULL_VOLUME).zeros(10);
    writeMatrix(w);
    w.zeros(24).u32(nextTrackId);
  });
}

/** @param times in the ticks of the movie */
export function writeTkhd(w: ByteWriter, track: Fmp4Track, times: HeaderTimes): void {
  const enabledInMovie = 3;
  writeTimedBox(w, 'tkhd', enabledInMovie, times, (writeTime) => {
    w.u32(track.trackId).zeros(4);
    writeTime(times.duration);
    const layer = 0;
    const alternateGroup = 0;
    w.zeros(8)
      .i16(layer)
      .i16(alternateGroup)
      .u16(track.kind === 'audio' ? FULL_VOLUME : 0)
      .zeros(2);
    writeMatrix(w);
    const isVideo = track.kind === 'video';
    w.u16(isVideo ? track.width : 0).u16(0);
    w.u16(isVideo ? track.height : 0).u16(0);
  });
}

export function writeMdhd(w: ByteWriter, { timescale, ...times }: HeaderTimes & { readonly timescale: number }): void {
  writeTimedBox(w, 'mdhd', 0, times, (writeTime) => {
    w.u32(timescale);
    writeTime(times.duration);
    w.u16(LANGUAGE_UND).u16(0);
  });
}

/** A full box of version 1, with times of 64 bits, where one needs them. */
function writeTimedBox(
  w: ByteWriter,
  type: string,
  flags: number,
  { duration, createdSeconds }: HeaderTimes,
  body: (writeTime: (time: number) => void) => void,
): void {
  const isLong = duration > MAX_U32 || createdSeconds > MAX_U32;
  const writeTime = (time: number) => {
    if (isLong) w.u64(time);
    else w.u32(time);
  };
  writeFullBox(w, type, isLong ? 1 : 0, flags, () => {
    writeTime(createdSeconds);
    const modifiedSeconds = createdSeconds;
    writeTime(modifiedSeconds);
    body(writeTime);
  });
}

export function writeHdlr(w: ByteWriter, kind: Fmp4Track['kind']): void {
  writeFullBox(w, 'hdlr', 0, 0, () => {
    w.u32(0)
      .fourCC(kind === 'video' ? 'vide' : 'soun')
      .zeros(12);
    w.utf8(kind === 'video' ? 'VideoHandler\0' : 'SoundHandler\0');
  });
}

export function writeMediaHeader(w: ByteWriter, kind: Fmp4Track['kind']): void {
  if (kind === 'video') writeFullBox(w, 'vmhd', 0, 1, () => w.zeros(8));
  else writeFullBox(w, 'smhd', 0, 0, () => w.zeros(4));
}

export function writeDinf(w: ByteWriter): void {
  const entryCount = 1;
  const inThisFile = 1;
  writeBox(w, 'dinf', () => {
    writeFullBox(w, 'dref', 0, 0, () => {
      w.u32(entryCount);
      writeFullBox(w, 'url ', 0, inThisFile, () => {});
    });
  });
}

function writeMatrix(w: ByteWriter): void {
  for (const value of UNIT_MATRIX) w.u32(value);
}

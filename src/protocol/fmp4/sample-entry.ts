import type { ByteWriter } from '../bytes/index.ts';
import { writeBox } from './box.ts';
import { writeDfLa, writeDOps, writeVpcC } from './codec-config.ts';
import { OBJECT_TYPE, writeEsds } from './esds.ts';
import type { Fmp4AudioTrack, Fmp4Track, Fmp4VideoTrack } from './track.ts';

const VIDEO_ENTRY = { h264: 'avc1', h265: 'hvc1', av1: 'av01', vp9: 'vp09' } as const;
const CONFIG_BOX = { h264: 'avcC', h265: 'hvcC', av1: 'av1C' } as const;
const AUDIO_ENTRY = { aac: 'mp4a', mp3: 'mp4a', opus: 'Opus', flac: 'fLaC' } as const;

const OPUS_RATE = 48_000;
const MAX_ENTRY_RATE = 0xffff;
const DPI_72 = 0x00480000;

/** Writes the track's sample entry, the one entry of its stsd; throws MalformedError for an unreadable Opus or FLAC config. */
export function writeSampleEntry(w: ByteWriter, track: Fmp4Track): void {
  if (track.kind === 'video') writeVideoEntry(w, track);
  else writeAudioEntry(w, track);
}

/** VisualSampleEntry of ISO/IEC 14496-12, 12.1.3. */
function writeVideoEntry(w: ByteWriter, track: Fmp4VideoTrack): void {
  writeBox(w, VIDEO_ENTRY[track.codec], () => {
    writeEntryHead(w);
    w.zeros(16).u16(track.width).u16(track.height);
    w.u32(DPI_72).u32(DPI_72).u32(0);
    const frameCount = 1;
    const depth = 24;
    w.u16(frameCount).zeros(32).u16(depth).i16(-1);
    writeVideoConfig(w, track);
  });
}

function writeVideoConfig(w: ByteWriter, track: Fmp4VideoTrack): void {
  if (track.codec === 'vp9') writeVpcC(w, track.config);
  else writeBox(w, CONFIG_BOX[track.codec], () => w.bytes(track.config));
}

/** AudioSampleEntry of ISO/IEC 14496-12, 12.2.3; a rate past 16 bits is written as 0 and read from the config. */
function writeAudioEntry(w: ByteWriter, track: Fmp4AudioTrack): void {
  const rate = track.codec === 'opus' ? OPUS_RATE : track.sampleRate;
  writeBox(w, AUDIO_ENTRY[track.codec], () => {
    writeEntryHead(w);
    const bitsPerSample = 16;
    w.zeros(8).u16(track.channels).u16(bitsPerSample).zeros(4);
    w.u16(rate > MAX_ENTRY_RATE ? 0 : rate).u16(0);
    writeAudioConfig(w, track);
  });
}

function writeAudioConfig(w: ByteWriter, track: Fmp4AudioTrack): void {
  if (track.codec === 'opus') writeDOps(w, track.config);
  else if (track.codec === 'flac') writeDfLa(w, track.config);
  else writeEsds(w, OBJECT_TYPE[track.codec], track.codec === 'aac' ? track.config : new Uint8Array(0));
}

function writeEntryHead(w: ByteWriter): void {
  const dataReferenceIndex = 1;
  w.zeros(6).u16(dataReferenceIndex);
}

import { ByteWriter, crc32Mpeg } from '../bytes/index.ts';
import { PID, type TsTrack } from './track.ts';

const TABLE_PAT = 0;
const TABLE_PMT = 2;
const PROGRAM_NUMBER = 1;
const TRANSPORT_STREAM_ID = 1;

/** Stream types of ISO/IEC 13818-1, table 2-34. */
export const STREAM_TYPE = { h264: 0x1b, h265: 0x24, aac: 0x0f, mp3: 0x03, mp3LowRate: 0x04 } as const;

/** The program association section of one program (ISO/IEC 13818-1, 2.4.4.3). */
export function patSection(): Uint8Array {
  return section(TABLE_PAT, TRANSPORT_STREAM_ID, (w) => w.u16(PROGRAM_NUMBER).u16(0xe000 + PID.pmt));
}

/** The program map section (ISO/IEC 13818-1, 2.4.4.8); the clock is on the video PID, or on audio's without video. */
export function pmtSection(tracks: readonly TsTrack[]): Uint8Array {
  const clockPid = tracks.some((track) => track.kind === 'video') ? PID.video : PID.audio;
  return section(TABLE_PMT, PROGRAM_NUMBER, (w) => {
    w.u16(0xe000 + clockPid).u16(0xf000);
    for (const track of tracks) {
      w.u8(streamType(track))
        .u16(0xe000 + PID[track.kind])
        .u16(0xf000);
    }
  });
}

function streamType(track: TsTrack): number {
  return track.kind === 'audio' && track.codec === 'mp3' && track.isLowSampleRate
    ? STREAM_TYPE.mp3LowRate
    : STREAM_TYPE[track.codec];
}

/** A section of version 0 that is current and alone, with its CRC. */
function section(tableId: number, tableIdExtension: number, body: (w: ByteWriter) => void): Uint8Array {
  const content = new ByteWriter(32);
  const versionAndCurrent = 0xc1;
  content.u16(tableIdExtension).u8(versionAndCurrent).u8(0).u8(0);
  body(content);
  const crcBytes = 4;
  const w = new ByteWriter(64).u8(tableId).u16(0xb000 + content.length + crcBytes);
  w.bytes(content.view());
  return w.u32(crc32Mpeg(w.view())).toBytes();
}

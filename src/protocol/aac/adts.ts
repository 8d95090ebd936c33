import { BitReader, BitWriter, MalformedError } from '../bytes/index.ts';
import type { AacConfig } from './aac-config.ts';
import { sampleRates } from './sample-rates.ts';

const structure = 'ADTS header';

/** Size in bytes of the header `encodeAdtsHeader` writes; one with a CRC has 9. */
export const adtsHeaderBytes = 7;

/** `adts_fixed_header` and `adts_variable_header` (ISO/IEC 14496-3, 1.A.2.2). */
export type AdtsHeader = {
  readonly objectType: number;
  readonly sampleRate: number;
  readonly channelConfiguration: number;
  /** 7, or 9 with a CRC. */
  readonly headerBytes: number;
  /** Header and data together. */
  readonly frameBytes: number;
  /** Raw data blocks in the frame, 1 to 4, of 1024 samples each. */
  readonly blocks: number;
};

/** Decodes the header at the start of `bytes`. */
export function decodeAdtsHeader(bytes: Uint8Array): AdtsHeader {
  const reader = new BitReader(bytes, structure);
  if (reader.bits(12) !== 0xfff) throw new MalformedError('BAD_VALUE', structure, 'no syncword');
  reader.skip(1); // ID: MPEG-4 or MPEG-2
  if (reader.bits(2) !== 0) throw new MalformedError('BAD_VALUE', structure, 'layer is not 0');
  const headerBytes = reader.flag() ? 7 : 9;
  const objectType = reader.bits(2) + 1;
  const rateIndex = reader.bits(4);
  const sampleRate = sampleRates[rateIndex];
  if (sampleRate === undefined) {
    throw new MalformedError('BAD_VALUE', structure, `sampling frequency index ${rateIndex}`);
  }
  reader.skip(1); // private_bit
  const channelConfiguration = reader.bits(3);
  reader.skip(4); // original_copy, home, copyright bits
  const frameBytes = reader.bits(13);
  if (frameBytes < headerBytes) throw new MalformedError('BAD_VALUE', structure, `frame of ${frameBytes} bytes`);
  reader.skip(11); // adts_buffer_fullness
  const blocks = reader.bits(2) + 1;
  return { objectType, sampleRate, channelConfiguration, headerBytes, frameBytes, blocks };
}

/** The 7-byte header for one access unit: MPEG-4, no CRC, one block, buffer fullness "variable rate". */
export function encodeAdtsHeader(
  config: Pick<AacConfig, 'objectType' | 'sampleRate' | 'channelConfiguration'>,
  dataBytes: number,
): Uint8Array {
  const rateIndex = sampleRates.indexOf(config.sampleRate);
  if (rateIndex === -1) throw new RangeError(`ADTS has no sample rate of ${config.sampleRate} Hz`);
  if (config.objectType < 1 || config.objectType > 4) throw new RangeError(`ADTS has no type ${config.objectType}`);
  if (config.channelConfiguration > 7) throw new RangeError(`ADTS has no channels ${config.channelConfiguration}`);
  const frameBytes = adtsHeaderBytes + dataBytes;
  if (frameBytes > 0x1fff) throw new RangeError(`an ADTS frame of ${frameBytes} bytes is past 13 bits`);
  return new BitWriter()
    .bits(0xfff, 12)
    .bits(0b0001, 4)
    .bits(config.objectType - 1, 2)
    .bits(rateIndex, 4)
    .bits(0, 1)
    .bits(config.channelConfiguration, 3)
    .bits(0, 4)
    .bits(frameBytes, 13)
    .bits(0x7ff, 11)
    .bits(0, 2)
    .toBytes();
}

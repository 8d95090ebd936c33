import { type BitReader, type BitWriter, MalformedError } from '../bytes/index.ts';

/** `samplingFrequencyIndex` 0 to 12 (ISO/IEC 14496-3, table 1.18), in Hz. */
export const sampleRates: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];

const escapeIndex = 15;

export function readSampleRate(reader: BitReader, structure: string): number {
  const index = reader.bits(4);
  const sampleRate = index === escapeIndex ? reader.bits(24) : sampleRates[index];
  if (sampleRate === undefined || sampleRate === 0) {
    throw new MalformedError('BAD_VALUE', structure, `sampling frequency ${sampleRate ?? `index ${index}`}`);
  }
  return sampleRate;
}

export function writeSampleRate(writer: BitWriter, sampleRate: number): void {
  const index = sampleRates.indexOf(sampleRate);
  if (index === -1) writer.bits(escapeIndex, 4).bits(sampleRate, 24);
  else writer.bits(index, 4);
}

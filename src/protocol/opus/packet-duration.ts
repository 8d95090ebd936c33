import { MalformedError } from '../bytes/index.ts';

const structure = 'Opus packet';

/** Samples at 48 kHz of one frame, for the four sizes of each mode (RFC 6716, table 2). */
const silkSamples = [480, 960, 1920, 2880] as const;
const celtSamples = [120, 240, 480, 960] as const;

/** 120 ms, which no packet may pass (RFC 6716, 3.2.5). */
const maxSamples = 5760;

/** Duration of a packet in samples at 48 kHz, from its TOC byte and frame count (RFC 6716, 3.1). */
export function opusPacketSamples(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) throw new MalformedError('SHORT_READ', structure, 'empty');
  const samples = frameSamples(toc >>> 3) * frameCount(packet, toc & 3);
  if (samples === 0 || samples > maxSamples) {
    throw new MalformedError('BAD_VALUE', structure, `${samples} samples`);
  }
  return samples;
}

function frameSamples(config: number): number {
  if (config >= 16) return celtSamples[(config & 3) as 0 | 1 | 2 | 3];
  if (config >= 12) return silkSamples[(config & 1) as 0 | 1];
  return silkSamples[(config & 3) as 0 | 1 | 2 | 3];
}

function frameCount(packet: Uint8Array, code: number): number {
  if (code < 3) return code === 0 ? 1 : 2;
  const count = packet[1];
  if (count === undefined) throw new MalformedError('SHORT_READ', structure, 'ends before its frame count');
  return count & 0x3f;
}

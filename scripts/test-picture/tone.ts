export const SAMPLE_RATE = 48_000;
export const CHANNELS = 2;

const BEEP_MS = 100;
const BEEP_HZ = 1000;
const HUM_HZ = 220;
const FULL = 32_767;

/** The first 100 ms of every second: the sound beeps and the picture shows a white square, to see whether they agree. */
export function isBeep(elapsedMs: number): boolean {
  return elapsedMs % 1000 < BEEP_MS;
}

/** Samples `from` to `to` (of one channel) as 16-bit little-endian stereo: a quiet hum, and a beep each second. */
export function toneSamples(from: number, to: number): Uint8Array {
  const bytes = new Uint8Array((to - from) * CHANNELS * 2);
  const view = new DataView(bytes.buffer);
  for (let sample = from; sample < to; sample += 1) {
    const beep = isBeep((sample * 1000) / SAMPLE_RATE) ? 0.25 * wave(BEEP_HZ, sample) : 0;
    const value = Math.round(FULL * (beep + 0.03 * wave(HUM_HZ, sample)));
    const at = (sample - from) * CHANNELS * 2;
    view.setInt16(at, value, true);
    view.setInt16(at + 2, value, true);
  }
  return bytes;
}

function wave(hertz: number, sample: number): number {
  return Math.sin((2 * Math.PI * hertz * sample) / SAMPLE_RATE);
}

import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { FlvViewer } from './flv-viewer.ts';
import { runToBytes } from './run-to-bytes.ts';

type Timed = { readonly tag: FlvTag; readonly atMs: number };

/** An HTTP-FLV viewer that notes when each tag came, and can say what was to be seen. */
export class TimedViewer {
  readonly viewer: FlvViewer;
  readonly timed: Timed[] = [];
  readonly #bytes: Uint8Array[] = [];

  private constructor(viewer: FlvViewer) {
    this.viewer = viewer;
    viewer.response.on('data', (bytes: Uint8Array) => {
      this.#bytes.push(bytes);
      const atMs = performance.now();
      for (const tag of viewer.tags.slice(this.timed.length)) this.timed.push({ tag, atMs });
    });
  }

  static async open(url: string): Promise<TimedViewer> {
    return new TimedViewer(await FlvViewer.open(url));
  }

  /** Frames without their sequence headers. */
  frames(kind: 'video' | 'audio'): Timed[] {
    return this.timed.filter(({ tag: { type, payload } }) => type === kind && payload[1] !== 0);
  }

  /** The sequence headers of pictures, each time that one came. */
  get headers(): string[] {
    const headers = this.timed.filter(({ tag: { type, payload } }) => type === 'video' && payload[1] === 0);
    return headers.map(({ tag }) => Buffer.from(tag.payload).toString('hex'));
  }

  /** The longest that a player without a buffer was without a new picture or sound, beyond what is usual. */
  missingMs(kind: 'video' | 'audio'): number {
    const frames = this.frames(kind);
    const lags = frames.map(({ tag, atMs }) => atMs - tag.timestampMs);
    const usual = [...lags].sort((a, b) => a - b)[Math.floor(lags.length / 2)] ?? 0;
    return Math.max(0, ...lags.map((lag) => lag - usual));
  }

  /** The longest time from one picture or sound to the next, from the last one before then on. */
  longestPauseMs(kind: 'video' | 'audio', sinceMs: number): number {
    const came = this.frames(kind).map(({ atMs }) => atMs);
    const first = Math.max(0, came.findIndex((atMs) => atMs >= sinceMs) - 1);
    return Math.max(0, ...came.slice(first + 1).map((atMs, index) => atMs - (came[first + index] ?? atMs)));
  }

  /** From one timestamp to the next; negative where time went back. */
  steps(kind: 'video' | 'audio'): number[] {
    const frames = this.frames(kind);
    return frames.slice(1).map(({ tag }, index) => tag.timestampMs - (frames[index]?.tag.timestampMs ?? 0));
  }

  /** The colours that were shown one after the other, decoded from what came. */
  async colours(): Promise<string[]> {
    const args = ['-v', 'error', '-f', 'flv', '-i', 'pipe:0', '-an', '-vf', 'scale=1:1,format=rgb24'];
    const output = ['-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'];
    const pixels = await runToBytes('ffmpeg', [...args, ...output], Buffer.concat(this.#bytes));
    return coloursOf(pixels);
  }

  close(): Promise<void> {
    return this.viewer.close();
  }
}

/** Of pictures of one pixel: each colour once, as often as it comes anew. */
export function coloursOf(pixels: Uint8Array): string[] {
  const colours: string[] = [];
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
    const most = Math.max(red, green, blue);
    const colour = most < 60 ? 'black' : most === red ? 'red' : most === green ? 'green' : 'blue';
    if (colours.at(-1) !== colour) colours.push(colour);
  }
  return colours;
}

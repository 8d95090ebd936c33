/** How far FFmpeg is; `outMs` is the time that its output has reached. What it doesn't know yet is 0. */
export type FfmpegProgress = {
  readonly fps: number;
  readonly speed: number;
  readonly frames: number;
  readonly outMs: number;
};

/** Reads a block of `-progress`; what FFmpeg doesn't know yet (`N/A`) is 0. */
export function parseProgress(block: string): FfmpegProgress {
  const values = new Map(block.split('\n').map((line) => line.trim().split('=', 2) as [string, string]));
  const number = (name: string) => Number.parseFloat(values.get(name)?.trim() ?? '') || 0;
  const outMs = Math.max(0, number('out_time_us') / 1000);
  return { fps: number('fps'), speed: number('speed'), frames: number('frame'), outMs };
}

/** Longest block that is kept while its end has not come. */
const KEPT_CHARACTERS = 2000;

/** Takes what FFmpeg writes to `-progress`, in pieces, and tells each whole block. */
export class ProgressReader {
  readonly #onProgress: (progress: FfmpegProgress) => void;
  #text = '';

  constructor(onProgress: (progress: FfmpegProgress) => void) {
    this.#onProgress = onProgress;
  }

  push(text: string): void {
    this.#text += text;
    const end = this.#text.lastIndexOf('progress=');
    if (end < 0) {
      this.#text = this.#text.slice(-KEPT_CHARACTERS);
      return;
    }
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 'progress='.length);
    this.#onProgress(parseProgress(block));
  }
}

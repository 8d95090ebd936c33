import { randomUUID } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { runFfmpeg } from '../ffmpeg/index.ts';
import type { TrackSet } from '../live/index.ts';
import { Mp4Media } from '../relay/index.ts';
import { isVideoFile, type SlatePicture, slateArguments } from './slate-arguments.ts';
import { likenessOf, type SlateLikeness } from './slate-likeness.ts';
import { loopOf, type SlateLoop } from './slate-loop.ts';

export type SlatesOptions = {
  /** The program; undefined where there is none. */
  readonly ffmpegPath: string | undefined;
  /** Where the files of the rules are. */
  readonly slatesDir: string;
  /** Where FFmpeg writes. */
  readonly workDir: string;
  readonly onFailure: (wish: SlateWish, reason: string) => void;
};

/** A slate of the rules: `file` is its name in the folder of slates. */
export type SlateWish = { readonly file?: string | undefined; readonly color: string };

type Kept = { loop: SlateLoop | undefined; usedAt: number };

const LIMITS = { timeMs: 120_000, outputBytes: 67_108_864, memoryBytes: 2_147_483_648, processes: 256 };
const MOST_KEPT_BYTES = 134_217_728;
const MOST_KEPT = 50;

/** Slates in the parameters of streams: each is encoded once, before it is needed. */
export class Slates {
  readonly #options: SlatesOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #closing = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #uses = 0;

  constructor(options: SlatesOptions) {
    this.#options = options;
  }

  /** What is ready; undefined before it is, and where it can't be. */
  find(wish: SlateWish, tracks: TrackSet): SlateLoop | undefined {
    const like = likenessOf(tracks);
    if ('reason' in like) return undefined;
    const kept = this.#kept.get(this.#keyOf(wish, like));
    if (kept) kept.usedAt = this.#uses++;
    return kept?.loop;
  }

  /** Begins to encode it where that was not done, one after the other; resolves when it is ready or failed. */
  prepare(wish: SlateWish, tracks: TrackSet): Promise<void> {
    const like = likenessOf(tracks);
    if ('reason' in like) {
      this.#options.onFailure(wish, like.reason);
      return Promise.resolve();
    }
    const key = this.#keyOf(wish, like);
    if (this.#kept.has(key)) return this.#working;
    const kept: Kept = { loop: undefined, usedAt: this.#uses++ };
    this.#kept.set(key, kept);
    this.#working = this.#working
      .then(() => this.#make(wish, like, kept))
      .catch((error: unknown) => {
        this.#kept.delete(key);
        if (!this.#closing.signal.aborted)
          this.#options.onFailure(wish, error instanceof Error ? error.message : String(error));
      });
    return this.#working;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
    this.#kept.clear();
  }

  async #make(wish: SlateWish, like: SlateLikeness, kept: Kept): Promise<void> {
    const picture = this.#pictureOf(wish);
    const canHaveSound = like.audio !== undefined && isVideoFile(picture.file);
    const bytes = canHaveSound
      ? await this.#encode(picture, like, 'own').catch(() => this.#encode(picture, like, 'silent'))
      : await this.#encode(picture, like, 'silent');
    kept.loop = loopOf(new Mp4Media().push(bytes));
    this.#forget();
  }

  async #encode(picture: SlatePicture, like: SlateLikeness, sound: 'own' | 'silent'): Promise<Uint8Array> {
    const { ffmpegPath, workDir } = this.#options;
    if (ffmpegPath === undefined) throw new Error('there is no FFmpeg: install it, or say in ffmpegPath where it is');
    const folder = join(workDir, randomUUID());
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const output = join(folder, 'slate.mp4');
      const args = slateArguments(picture, like, sound, output);
      await runFfmpeg({ command: [ffmpegPath], args, limits: LIMITS, folder, signal: this.#closing.signal });
      return await readFile(output);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Another one when the file is. */
  #keyOf({ file, color }: SlateWish, like: SlateLikeness): string {
    const stamp = file === undefined ? undefined : stampOf(join(this.#options.slatesDir, file));
    return JSON.stringify([file, stamp, color, like]);
  }

  /** Links are followed, but not out of the folder. */
  #pictureOf({ file, color }: SlateWish): SlatePicture {
    if (file === undefined) return { color };
    const folder = this.#options.slatesDir;
    const path = pathOf(join(folder, file));
    if (path === undefined) throw new Error(`${file} is not in the folder of slates (slatesDir, ${folder})`);
    if (!path.startsWith(realpathSync(folder) + sep)) throw new Error(`${file} leads out of the folder of slates`);
    if (!statSync(path).isFile()) throw new Error(`${file} is no file`);
    return { file: path, color };
  }

  /** Those that were not used for longest go. */
  #forget(): void {
    const made = [...this.#kept].filter(([, { loop }]) => loop).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    let bytes = made.reduce((sum, [, { loop }]) => sum + (loop?.sizeBytes ?? 0), 0);
    for (const [index, [key, { loop }]] of made.entries()) {
      if (bytes <= MOST_KEPT_BYTES && made.length - index <= MOST_KEPT) return;
      this.#kept.delete(key);
      bytes -= loop?.sizeBytes ?? 0;
    }
  }
}

function stampOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function pathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

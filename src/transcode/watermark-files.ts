import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { MalformedError } from '../protocol/bytes/index.ts';
import type { WatermarkCheck, WatermarkRule } from '../rules/index.ts';
import { pngSize } from './png-size.ts';
import type { TextTool } from './text-tool.ts';

export type WatermarkFilesOptions = {
  /** Where the images of the rules are. */
  readonly imagesDir: string;
  /** Where FFmpeg finds what it draws, under names of ours; nobody else writes there. */
  readonly workDir: string;
  /** What texts are drawn with, or why they can't be. */
  readonly textTool: () => TextTool;
};

/** A watermark as FFmpeg gets it: its file's name has hexadecimal digits only, whatever is in the rule. */
export type Watermark = {
  readonly rule: WatermarkRule;
  readonly file: string;
  /** The folder that the file is in. */
  readonly folder: string;
  /** Of an image in pixels; undefined for a text. */
  readonly size?: { readonly width: number; readonly height: number };
};

export type PreparedWatermark = Watermark | { readonly rule: WatermarkRule; readonly reason: string };

type Image = { readonly bytes: Uint8Array; readonly width: number; readonly height: number };

/** The name of the font in the folder that FFmpeg draws from. */
export const FONT_FILE = 'font';
const MOST_BYTES = 4_194_304;

/** What watermarks are drawn from. Images are checked and copied, so that FFmpeg gets what was checked. */
export class WatermarkFiles {
  readonly #options: WatermarkFilesOptions;
  readonly #images = new Map<string, { readonly state: string; readonly image: Image | { readonly reason: string } }>();
  readonly #written = new Set<string>();

  /** Empties the folder that FFmpeg draws from. */
  constructor(options: WatermarkFilesOptions) {
    this.#options = options;
    const { workDir } = options;
    rmSync(workDir, { recursive: true, force: true });
    mkdirSync(workDir, { recursive: true, mode: 0o700 });
  }

  /** Makes ready what a ladder is about to draw; says why it can't. */
  prepare(rule: WatermarkRule): PreparedWatermark {
    const problem = this.#check(rule);
    if (problem) return { rule, reason: problem.message };
    try {
      return { rule, folder: this.#options.workDir, ...this.#fileOf(rule) };
    } catch (error) {
      return { rule, reason: `it could not be written down (${(error as NodeJS.ErrnoException).code})` };
    }
  }

  #check(rule: WatermarkRule): ReturnType<WatermarkCheck> {
    const read = (name: string) => this.#image(name);
    return checkWatermark(rule, read, this.#options.textTool);
  }

  #fileOf({ image, text }: WatermarkRule): Pick<Watermark, 'file' | 'size'> {
    if (image === undefined) {
      this.#linkFont();
      return { file: this.#write(Buffer.from(text ?? ''), 'txt') };
    }
    const read = this.#image(image);
    if ('reason' in read) throw new Error(read.reason);
    return { file: this.#write(read.bytes, 'png'), size: { width: read.width, height: read.height } };
  }

  #linkFont(): void {
    const tool = this.#options.textTool();
    const link = join(this.#options.workDir, FONT_FILE);
    if ('font' in tool && !existsSync(link)) symlinkSync(tool.font, link);
  }

  /** As it is on the disk; read again where that changed. */
  #image(name: string): Image | { readonly reason: string } {
    const state = stateOf(join(this.#options.imagesDir, name));
    const known = this.#images.get(name);
    if (known && known.state === state) return known.image;
    const image = readImage(this.#options.imagesDir, name);
    this.#images.set(name, { state, image });
    return image;
  }

  #write(bytes: Uint8Array, extension: 'png' | 'txt'): string {
    const file = `${createHash('sha256').update(bytes).digest('hex')}.${extension}`;
    if (!this.#written.has(file)) writeFileSync(join(this.#options.workDir, file), bytes, { mode: 0o600 });
    this.#written.add(file);
    return file;
  }
}

/** Looks at what rules draw, before they are taken. */
export function watermarkCheck(imagesDir: string, textTool: () => TextTool): WatermarkCheck {
  return (rule) => checkWatermark(rule, (name) => readImage(imagesDir, name), textTool);
}

function checkWatermark(
  { image, xOffset, height, refWidth }: WatermarkRule,
  read: (name: string) => Image | { readonly reason: string },
  textTool: () => TextTool,
): ReturnType<WatermarkCheck> {
  if (image === undefined) {
    const tool = textTool();
    return 'reason' in tool ? { field: 'text', message: tool.reason } : undefined;
  }
  const found = read(image);
  if ('reason' in found) return { field: 'image', message: found.reason };
  const width = Math.round((height * found.width) / found.height);
  if (xOffset + width <= refWidth) return undefined;
  const message = `puts it outside the picture: it gets ${width} pixels wide, and refWidth is ${refWidth}`;
  return { field: 'xOffset', message };
}

/** A PNG below a folder; links are followed, but not out of it. */
function readImage(folder: string, name: string): Image | { readonly reason: string } {
  try {
    const path = realpathSync(join(folder, name));
    if (!path.startsWith(realpathSync(folder) + sep)) return { reason: 'is not in the folder of watermarks' };
    const { size } = fileAt(path);
    if (size > MOST_BYTES) return { reason: `has ${size} bytes; ${MOST_BYTES} is the most` };
    const bytes = new Uint8Array(readFileSync(path));
    return { bytes, ...pngSize(bytes) };
  } catch (error) {
    if (error instanceof MalformedError) return { reason: `can't be used: ${error.message}` };
    const { code } = error as NodeJS.ErrnoException;
    return { reason: code === 'ENOENT' ? 'is not in the folder of watermarks' : `can't be read (${code})` };
  }
}

/** A device or a pipe would be read for ever. */
function fileAt(path: string): Stats {
  const stats = statSync(path);
  if (!stats.isFile()) throw new MalformedError('BAD_VALUE', 'image', 'it is no file');
  return stats;
}

function stateOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

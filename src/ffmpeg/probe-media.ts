import { failureOf } from './failure-words.ts';
import { fileUrl, type InputKind, inputArguments } from './input-arguments.ts';
import { MediaError } from './media-error.ts';
import type { MediaInfo } from './media-info.ts';
import { readInfo } from './read-info.ts';
import type { RunLimits } from './run-limits.ts';
import { runProgram } from './run-program.ts';

export type Probe = {
  /** FFprobe. */
  readonly command: readonly string[];
  readonly path: string;
  readonly kind?: InputKind;
  readonly limits: RunLimits;
  /** Of one picture, at most. */
  readonly pixels: number;
  readonly signal?: AbortSignal | undefined;
};

const SHOWN = ['-show_format', '-show_streams', '-show_error', '-of', 'json'];
const MOST_CHARACTERS = 8_388_608;

/** What a file is. Throws MediaError for what is none, or more than is processed. */
export async function probeMedia({ command, path, kind = 'file', limits, pixels, signal }: Probe): Promise<MediaInfo> {
  let said = '';
  let json = '';
  const args = ['-hide_banner', '-loglevel', 'warning', ...inputArguments(kind, pixels), ...SHOWN, '-i', fileUrl(path)];
  const onOutput = (text: string) => {
    if (json.length < MOST_CHARACTERS) json += text;
  };
  const onSaid = (text: string) => {
    if (said.length < MOST_CHARACTERS) said += text;
  };
  await runProgram({ command, args, limits, signal, onOutput, onSaid });
  const info = infoOf(json, said);
  if (info.streams.length === 0) throw failureOf(`does not contain any stream\n${said}`, '');
  checkSizes(info, pixels);
  return info;
}

function infoOf(json: string, said: string): MediaInfo {
  try {
    return readInfo(json);
  } catch {
    throw failureOf(said === '' ? 'Invalid data found' : said, 'told nothing');
  }
}

/** Before anything is decoded. */
function checkSizes({ streams }: MediaInfo, pixels: number): void {
  for (const stream of streams) {
    if (stream.kind !== 'video' || stream.width * stream.height <= pixels) continue;
    const message = `its pictures have ${stream.width} x ${stream.height} pixels; ${pixels} in all are the most`;
    throw new MediaError('INPUT_TOO_LARGE', message, 'Make them smaller, or raise media.limits.pixels.');
  }
}

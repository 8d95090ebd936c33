import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Colours } from './colours.ts';

/** FFmpeg's filters for colours: zscale takes a third of the time, and not every FFmpeg has it. */
export type ColourTool = 'zscale' | 'scale';

const run = promisify(execFile);

const ZSCALE_NAMES = { bt601: '470bg', bt709: '709', bt2020: '2020_ncl' } as const;

export type ProbeOptions = { readonly ffmpegPath: string; readonly timeoutMs: number; readonly signal: AbortSignal };

/** Tries zscale with one picture. */
export async function findColourTool({ ffmpegPath, timeoutMs, signal }: ProbeOptions): Promise<ColourTool> {
  const filters = `color=size=64x64,${filterFor({ matrix: 'bt709', isFullRange: false }, 'zscale')}`;
  const args = ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', filters, '-frames:v', '1', '-f', 'null', '-'];
  return run(ffmpegPath, args, { timeout: timeoutMs, signal, killSignal: 'SIGKILL' }).then(
    () => 'zscale',
    () => 'scale',
  );
}

/** The filters after which colours are as every JPEG has them: BT.601 in the full range (JFIF). */
export function jpegColours(colours: Colours, tool: ColourTool): string {
  const isAlready = colours.matrix === 'bt601' && colours.isFullRange;
  return isAlready ? 'format=yuvj420p' : `${filterFor(colours, tool)},format=yuvj420p`;
}

function filterFor({ matrix, isFullRange }: Colours, tool: ColourTool): string {
  if (tool === 'scale') {
    const matrices = matrix === 'bt601' ? '' : `:in_color_matrix=${matrix}:out_color_matrix=bt601`;
    return `scale=flags=fast_bilinear:in_range=${isFullRange ? 'pc' : 'tv'}:out_range=pc${matrices}`;
  }
  const matrices = matrix === 'bt601' ? '' : `:matrixin=${ZSCALE_NAMES[matrix]}:matrix=${ZSCALE_NAMES.bt601}`;
  return `zscale=rangein=${isFullRange ? 'full' : 'limited'}:range=full${matrices}`;
}

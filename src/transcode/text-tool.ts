import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The font that texts are drawn in, or why none can be. */
export type TextTool = { readonly font: string } | { readonly reason: string };

const PROBE_MS = 20_000;
const USUAL_FONTS = [
  // Where there is one that has Chinese, Japanese and Korean, others would draw boxes for these.
  '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
  '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  '/usr/share/fonts/dejavu/DejaVuSans.ttf',
  '/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf',
  '/usr/share/fonts/TTF/DejaVuSans.ttf',
  '/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf',
  '/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf',
  '/System/Library/Fonts/Supplemental/Arial.ttf',
  '/Library/Fonts/Arial.ttf',
];

/** As `findTextTool` says, from the first time on that somebody asks. */
export function lazyTextTool(ffmpegPath: () => string | undefined, font: string | undefined): () => TextTool {
  let found: TextTool | undefined;
  return () => {
    found ??= findTextTool(ffmpegPath(), font);
    return found;
  };
}

/** Finds what texts are drawn with: FFmpeg's drawtext, and the configured font or one that systems usually have. */
export function findTextTool(ffmpegPath: string | undefined, font: string | undefined): TextTool {
  const found = font === undefined ? USUAL_FONTS.find(isReadable) : font;
  if (found === undefined) return { reason: 'there is no font to draw it in; name one in transcode.font' };
  if (!isReadable(found)) return { reason: `can't be drawn, as the font ${found} of transcode.font can't be read` };
  const reason = ffmpegPath === undefined ? undefined : whyNot(ffmpegPath, found);
  return reason === undefined ? { font: found } : { reason: `can't be drawn by this FFmpeg: ${reason}` };
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Draws a letter: being listed says nothing of the font. It is named by us, whatever its path is. */
function whyNot(ffmpegPath: string, font: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-font-'));
  try {
    symlinkSync(font, join(folder, 'font'));
    const picture = ['-f', 'lavfi', '-i', 'color=size=64x64,drawtext=fontfile=font:text=a'];
    const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', ...picture, '-frames:v', '1', '-f', 'null', '-'];
    const { status, stderr, error } = spawnSync(ffmpegPath, args, { cwd: folder, encoding: 'utf8', timeout: PROBE_MS });
    if (status === 0) return undefined;
    return (error?.message ?? stderr).trim().split('\n').slice(0, 2).join('; ').slice(0, 300);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

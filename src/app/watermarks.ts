import { join } from 'node:path';
import type { Config } from '../config/index.ts';
import type { CompiledRules, StreamSettings, TemplateRule, WatermarkCheck } from '../rules/index.ts';
import { lazyTextTool, type MarkedTemplate, WatermarkFiles, watermarkCheck } from '../transcode/index.ts';
import { findFfmpeg } from './find-ffmpeg.ts';

/** What rules may draw on this machine. */
export function watermarkCheckOf({ watermarksDir, ffmpegPath, transcode }: Config): WatermarkCheck {
  const pathOf = () => findFfmpeg(ffmpegPath ?? undefined)?.path;
  return watermarkCheck(watermarksDir, lazyTextTool(pathOf, transcode.font ?? undefined));
}

/** Templates with what their watermarks are drawn from. */
export function watermarksFor({ dataDir, watermarksDir, transcode: { font } }: Config, ffmpegPath: string | undefined) {
  const files = new WatermarkFiles({
    imagesDir: watermarksDir,
    workDir: join(dataDir, 'watermarks-drawn'),
    textTool: lazyTextTool(() => ffmpegPath, font ?? undefined),
  });
  return (rules: CompiledRules, transcode: StreamSettings['transcode']): MarkedTemplate[] =>
    rules.templatesOf(transcode).map((template) => {
      const names = new Set([...transcode.watermarks, ...template.watermarks]);
      const marked = [...names].flatMap((name) => rules.watermark(name) ?? []);
      if (marked.length === 0 || template.video === 'none') return template;
      const reason = whyNotOn(template);
      return { ...template, marks: marked.map((rule) => (reason ? { rule, reason } : files.prepare(rule))) };
    });
}

function whyNotOn({ video }: TemplateRule): string | undefined {
  return video !== 'none' && video.codec === 'copy' ? 'the pictures are passed through as they are' : undefined;
}

import { z } from 'zod';
import { placeOfFile } from '../mps/index.ts';
import type { Reprocessing } from '../vod/processing/index.ts';
import type { Call } from './base/index.ts';
import { pipelineOf } from './resources.ts';
import { line } from './schemas.ts';

const fileUrl = z.string().min(1).max(2048).describe('storage/object, or an address');

/** How a processing differs from what the asset says. */
export const reprocessing = z
  .strictObject({
    templateGroup: line(64).min(1).exactOptional().describe('Another group than the asset’s, this once'),
    pipeline: line(64).min(1).exactOptional(),
    priority: z.int().min(1).max(10).exactOptional(),
    userData: z.string().max(1024).exactOptional(),
    watermarks: z
      .array(z.strictObject({ id: line(64), fileUrl: fileUrl.exactOptional(), text: line(1000).exactOptional() }))
      .max(20)
      .exactOptional()
      .describe('Another image or text of watermarks that the group draws'),
    subtitles: z
      .array(z.strictObject({ fileUrl, language: line(16).exactOptional() }))
      .max(20)
      .exactOptional()
      .describe('In place of those of the group'),
    encryption: z
      .strictObject({ hexKey: z.string().regex(/^[0-9a-f]{32}$/i), keyUri: z.url({ protocol: /^https?$/ }).max(2000) })
      .exactOptional()
      .describe('A key that you keep and give to players yourself'),
  })
  .default({});

/** What is asked for, where the caller may read what it draws, and use the pipeline. */
export function reprocessingOf(
  { watermarks, subtitles, encryption, ...rest }: z.output<typeof reprocessing>,
  { require, caller }: Pick<Call, 'require' | 'caller'>,
  isStorage: (name: string) => boolean,
): Reprocessing {
  const urls = [...(watermarks ?? []), ...(subtitles ?? [])].flatMap((each) => each.fileUrl ?? []);
  for (const place of urls.map((url) => placeOfFile(url, isStorage))) {
    if ('storage' in place) require({ kind: 'storage', ...place });
  }
  if (rest.pipeline !== undefined) require(pipelineOf({ pipeline: rest.pipeline }), 'jobs:submit');
  const own = {
    ...(watermarks && { watermarks }),
    ...(subtitles && { subtitles }),
    ...(encryption && { encryption }),
  };
  return { ...rest, submitter: caller.name, ...(Object.keys(own).length > 0 && { own }) };
}

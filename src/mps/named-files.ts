import type { MediaPlace } from '../media/index.ts';
import type { MediaTemplateKind } from '../store/index.ts';
import { parseAssetWatermark } from './parse-asset-watermark.ts';
import { parseTemplateGroup } from './parse-group.ts';
import { placeOfFile } from './places.ts';

/** The files that a template names: images of watermarks, subtitles. Throws TEMPLATE_INVALID. */
export function filesNamedIn(
  kind: MediaTemplateKind,
  body: unknown,
  isStorage: (name: string) => boolean,
): readonly MediaPlace[] {
  return urlsNamedIn(kind, body).map((url) => placeOfFile(url, isStorage));
}

function urlsNamedIn(kind: MediaTemplateKind, body: unknown): readonly string[] {
  if (kind === 'group')
    return parseTemplateGroup(body).flatMap(({ subtitles = [] }) => subtitles.map((s) => s.fileUrl));
  if (kind !== 'asset-watermark') return [];
  const watermark = parseAssetWatermark(body);
  return 'fileUrl' in watermark ? [watermark.fileUrl] : [];
}

import type { ImageWatermark, TextWatermark } from '../media/index.ts';
import { Fields, refused } from '../media/index.ts';
import { lookOf, placeOf } from './parse-watermark.ts';

/** A watermark of VOD: an image, by the address it was registered with, or a text. */
export type AssetWatermark =
  | { readonly fileUrl: string; readonly mark: Omit<ImageWatermark, 'image'> }
  | { readonly mark: TextWatermark };

/** Reads a watermark as VOD has it: `Type`, `FileUrl` and `WatermarkConfig`; throws TEMPLATE_INVALID, which names the field. */
export function parseAssetWatermark(json: unknown): AssetWatermark {
  const fields = new Fields('', json);
  const type = fields.choice('Type', { Image: 'image', Text: 'text' });
  const fileUrl = fields.text('FileUrl');
  const config = fields.part('WatermarkConfig');
  fields.end();
  if (type === undefined) throw refused('Type', 'is missing', 'Write Image or Text.');
  if (config === undefined) throw refused('WatermarkConfig', 'is missing', 'Say where the watermark goes.');
  if (type === 'text') return { mark: textOf(config) };
  if (fileUrl === undefined) throw refused('FileUrl', 'is missing', 'Name the image, such as storage/logo.png.');
  config.choice('Type', { Image: 'image' });
  const { corner = 'TopRight', dx = 0, dy = 0, ...size } = placeOf(config);
  config.end();
  return { fileUrl, mark: { corner, dx, dy, ...size } };
}

/** Texts are placed from the upper left corner. */
function textOf(config: Fields): TextWatermark {
  config.choice('Type', { Text: 'text' });
  const text = config.text('Content');
  if (text === undefined) throw refused(config.name('Content'), 'is missing', 'Write the text.');
  const [left, top] = (['Left', 'Top'] as const).map((name) => config.whole(name, 0, 4096));
  const { corner = 'TopLeft', dx = left ?? 0, dy = top ?? 0, timeline } = placeOf(config);
  const look = lookOf(config);
  config.end();
  return { text, corner, dx, dy, ...look, ...(timeline && { timeline }) };
}

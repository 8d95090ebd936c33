import type { ImageWatermark, MediaWatermark, TextWatermark } from '../media/index.ts';
import { Fields, refused } from '../media/index.ts';
import { inputOf } from './places.ts';

type Corner = ImageWatermark['corner'];

const CORNERS = {
  TopLeft: 'TopLeft',
  TopRight: 'TopRight',
  BottomLeft: 'BottomLeft',
  BottomRight: 'BottomRight',
} as const satisfies Record<Corner, Corner>;
const DEFAULT_FONT_SIZE = 16;

/** Where an image goes, as a watermark template of MPS says it. Plain JSON. */
export type WatermarkPlace = Pick<ImageWatermark, 'width' | 'height' | 'timeline'> & {
  readonly corner?: Corner;
  readonly dx?: number;
  readonly dy?: number;
};

/** Reads the `Config` of a watermark template: an object or its JSON. */
export function parseWatermarkTemplate(json: unknown): WatermarkPlace {
  const fields = new Fields('Config', json);
  fields.choice('Type', { Image: 'image', Text: 'text' });
  const ratio = fields.part('RatioRefer');
  const place = placeOf(fields);
  fields.end();
  if (!ratio) return place;
  const relative = placeOf(ratio);
  ratio.end();
  return { ...relative, ...place };
}

/**
 * Reads one of an output's `WaterMarks`: what it says wins over its template.
 *
 * @param templateOf the place by the id of a watermark template; throws where there is none
 */
export function parseWatermark(fields: Fields, templateOf: (id: string) => WatermarkPlace): MediaWatermark {
  const id = fields.text('WaterMarkTemplateId');
  const kind = fields.choice('Type', { Image: 'image', Text: 'text' }) ?? 'image';
  const base = id === undefined ? {} : templateOf(id);
  const own = placeOf(fields);
  const { corner = 'TopRight', dx = 0, dy = 0, timeline, width, height } = { ...base, ...own };
  const place = { corner, dx, dy, ...(timeline && { timeline }) };
  const mark =
    kind === 'text'
      ? { ...place, ...textOf(fields) }
      : {
          ...place,
          ...imageOf(fields),
          ...(width !== undefined && { width }),
          ...(height !== undefined && { height }),
        };
  fields.end();
  return mark;
}

function imageOf(fields: Fields): Pick<ImageWatermark, 'image'> {
  const file = fields.part('InputFile');
  if (!file) throw refused(fields.name('InputFile'), 'is missing', 'Name the image.');
  return { image: inputOf(file) };
}

function textOf(fields: Fields): Omit<TextWatermark, 'corner' | 'dx' | 'dy'> {
  const text = fields.part('TextWaterMark');
  const content = text?.text('Content');
  if (!text || content === undefined) {
    throw refused(fields.name('TextWaterMark.Content'), 'is missing', 'Write the text, encoded in base64.');
  }
  for (const name of ['Top', 'Left', 'Adaptive']) text.raw(name);
  const look = lookOf(text);
  text.end();
  return { text: Buffer.from(content, 'base64').toString(), ...look };
}

/** How a text is drawn. */
export function lookOf(text: Fields): Omit<TextWatermark, 'corner' | 'dx' | 'dy' | 'text'> {
  text.raw('FontName');
  const fontSize = text.whole('FontSize', 4, 120) ?? DEFAULT_FONT_SIZE;
  const opacity = text.number('FontAlpha', { min: 0, max: 1 });
  const color = colorOf(text, 'FontColor') ?? '000000';
  const borderWidth = text.whole('BorderWidth', 0, 4096);
  const border = colorOf(text, 'BorderColor') ?? '000000';
  return {
    ...{ fontSize, color },
    ...(opacity !== undefined && { opacity }),
    ...(borderWidth && { border: { width: borderWidth, color: border } }),
  };
}

const COLORS: Readonly<Record<string, string>> = {
  ...{ black: '000000', white: 'FFFFFF', red: 'FF0000', green: '008000', blue: '0000FF', yellow: 'FFFF00' },
  ...{ gray: '808080', orange: 'FFA500' },
};

function colorOf(fields: Fields, name: string): string | undefined {
  const given = fields.text(name);
  if (given === undefined) return undefined;
  const hex = COLORS[given.toLowerCase()] ?? given.replace(/^(#|0x)/i, '');
  if (/^[0-9a-f]{6}$/i.test(hex)) return hex;
  throw refused(fields.name(name), 'must be RRGGBB or the name of a colour', 'Write FFFFFF, or White.');
}

/** Below 1 a part of the picture, else pixels. */
const size = (fields: Fields, name: string) => fields.number(name, { min: 0, max: 4096 });

export function placeOf(fields: Fields): WatermarkPlace {
  const corner = fields.choice<Corner>('ReferPos', CORNERS);
  const [dx, dy] = [size(fields, 'Dx'), size(fields, 'Dy')];
  const [width, height] = [size(fields, 'Width') || undefined, size(fields, 'Height') || undefined];
  const timeline = fields.part('Timeline');
  return {
    ...(corner && { corner }),
    ...(dx !== undefined && { dx }),
    ...(dy !== undefined && { dy }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(timeline && { timeline: timelineOf(timeline) }),
  };
}

function timelineOf(fields: Fields): NonNullable<ImageWatermark['timeline']> {
  const startSeconds = fields.number('Start', { min: 0, max: 1e6 }) ?? 0;
  const duration = fields.text('Duration');
  fields.end();
  if (duration === undefined || duration === 'ToEND') return { startSeconds };
  const durationSeconds = Number(duration);
  if (durationSeconds > 0) return { startSeconds, durationSeconds };
  throw refused(fields.name('Duration'), 'must be seconds, or ToEND', 'Correct it.');
}

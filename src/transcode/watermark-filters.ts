import { FONT_FILE, type Watermark } from './watermark-files.ts';

/** A watermark at its place in pictures of one size. */
export type PlacedWatermark = {
  readonly file: string;
  readonly folder: string;
  readonly corner: Watermark['rule']['corner'];
  /** From the corner, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Undefined for a text. */
  readonly width?: number;
  /** 0 to 1. */
  readonly opacity: number;
  /** Of a text, as RRGGBB. */
  readonly color: string;
};

const WHITE = '#ffffff';
const OPAQUE = 255;

/** Places a watermark as ApsaraVideo does: what was measured in the reference frame is scaled with each side. */
export function placeWatermark(
  { rule, file, folder, size }: Watermark,
  picture: { readonly width: number; readonly height: number },
): PlacedWatermark {
  const high = Math.max(1, Math.round((rule.height * picture.height) / rule.refHeight));
  const wide = size && Math.max(1, Math.round((high * size.width) / size.height));
  return {
    file,
    folder,
    corner: rule.corner,
    x: Math.round((rule.xOffset * picture.width) / rule.refWidth),
    y: Math.round((rule.yOffset * picture.height) / rule.refHeight),
    height: high,
    ...(wide === undefined ? {} : { width: wide }),
    opacity: rule.transparency / OPAQUE,
    color: (rule.color ?? WHITE).slice(1),
  };
}

/**
 * Filters that draw watermarks, from one label of the graph to another. Files are named as we named them, numbers and
 * colours are checked, and there is nothing else in them.
 *
 * @param prefix begins the labels between the filters
 */
export function watermarkFilters(
  marks: readonly PlacedWatermark[],
  labels: { readonly from: string; readonly to: string; readonly prefix: string },
): string[] {
  return marks.flatMap((mark, index) => {
    const from = index === 0 ? labels.from : `${labels.prefix}${index}`;
    const to = index === marks.length - 1 ? labels.to : `${labels.prefix}${index + 1}`;
    if (mark.width === undefined) return [`[${from}]${textFilter(mark)}[${to}]`];
    const image = `${labels.prefix}i${index}`;
    return [`${imageFilters(mark)}[${image}]`, `[${from}][${image}]${overlayFilter(mark)}[${to}]`];
  });
}

function imageFilters({ file, width, height, opacity }: PlacedWatermark): string {
  const faded = opacity < 1 ? `,colorchannelmixer=aa=${opacity.toFixed(3)}` : '';
  return `movie=filename=${file}:format_name=png_pipe,format=rgba,scale=${width}:${height}:flags=bicubic${faded}`;
}

function overlayFilter(mark: PlacedWatermark): string {
  return `overlay=x=${across(mark, 'W', 'w')}:y=${down(mark, 'H', 'h')}:eof_action=repeat:format=yuv420`;
}

/** `expansion=none`: nothing in the text is a variable. */
function textFilter(mark: PlacedWatermark): string {
  const { file, height, color, opacity } = mark;
  const look = `fontsize=${height}:fontcolor=0x${color}@${opacity.toFixed(3)}`;
  const place = `x=${across(mark, 'w', 'tw')}:y=${down(mark, 'h', 'th')}`;
  return `drawtext=fontfile=${FONT_FILE}:textfile=${file}:expansion=none:${look}:${place}`;
}

function across({ corner, x }: PlacedWatermark, whole: string, own: string): string {
  return corner.endsWith('Left') ? String(x) : `${whole}-${own}-${x}`;
}

function down({ corner, y }: PlacedWatermark, whole: string, own: string): string {
  return corner.startsWith('Top') ? String(y) : `${whole}-${own}-${y}`;
}

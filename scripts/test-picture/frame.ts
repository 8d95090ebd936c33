export const BLACK = 16;
export const WHITE = 235;
const GREY_CHROMA = 128;

/** One picture in planar YUV 4:2:0, limited range: `width * height` bytes of luma, then a quarter each of Cb and Cr. */
export type Frame = {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
};

/** Both sides must be even, as 4:2:0 shares one colour among four pixels. */
export function createFrame(width: number, height: number): Frame {
  if (width % 2 !== 0 || height % 2 !== 0)
    throw new RangeError(`a 4:2:0 picture has even sides, not ${width}x${height}`);
  return { width, height, bytes: new Uint8Array((width * height * 3) / 2).fill(GREY_CHROMA) };
}

/** Where the planes of Cb and Cr begin. */
export function chromaOffsets({ width, height }: Frame): readonly [cb: number, cr: number] {
  return [width * height, (width * height * 5) / 4];
}

/** Paints a rectangle without colour; what lies outside the picture is cut off. */
export function fillGrey(frame: Frame, x: number, y: number, width: number, height: number, luma: number): void {
  fillPlane(frame.bytes, 0, frame.width, frame.height, [x, y, width, height], luma);
  for (const offset of chromaOffsets(frame)) {
    const half = [x >> 1, y >> 1, (width + (x & 1) + 1) >> 1, (height + (y & 1) + 1) >> 1] as const;
    fillPlane(frame.bytes, offset, frame.width / 2, frame.height / 2, half, GREY_CHROMA);
  }
}

/** The same in a colour: luma, Cb and Cr. */
export function fillColour(
  frame: Frame,
  [x, y, width, height]: readonly [number, number, number, number],
  [luma, cb, cr]: readonly [number, number, number],
): void {
  fillPlane(frame.bytes, 0, frame.width, frame.height, [x, y, width, height], luma);
  const half = [x >> 1, y >> 1, width >> 1, height >> 1] as const;
  const [cbOffset, crOffset] = chromaOffsets(frame);
  fillPlane(frame.bytes, cbOffset, frame.width / 2, frame.height / 2, half, cb);
  fillPlane(frame.bytes, crOffset, frame.width / 2, frame.height / 2, half, cr);
}

function fillPlane(
  bytes: Uint8Array,
  offset: number,
  stride: number,
  rows: number,
  [x, y, width, height]: readonly [number, number, number, number],
  value: number,
): void {
  const right = Math.min(stride, x + width);
  for (let row = Math.max(0, y); row < Math.min(rows, y + height); row += 1) {
    bytes.fill(value, offset + row * stride + Math.max(0, x), offset + row * stride + right);
  }
}

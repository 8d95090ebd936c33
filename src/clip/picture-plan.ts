/** A picture of the source; pictures come in the order of decoding. */
export type Picture = {
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  /** Decoding can begin here, and nothing that follows needs what came before. */
  readonly isIdr: boolean;
};

/** From the first index to before the second. */
export type IndexRange = { readonly from: number; readonly to: number };

/** Pictures that are encoded anew. */
export type Edge = {
  /** What has to be decoded for it. */
  readonly decoded: IndexRange;
  /** Indexes of the pictures, in the order of display. */
  readonly shown: readonly number[];
};

export type PicturePlan = {
  readonly lead?: Edge;
  readonly copied?: IndexRange;
  readonly tail?: Edge;
  /** Pictures that would be shown, but have no key frame before them. */
  readonly lost: number;
};

/**
 * What becomes of the pictures shown from `fromTicks` to before `toTicks`.
 *
 *     decoding   I p p p p p I p p p p p I p p p p p I
 *     shown            |=======================|
 *     plan       [decoded][ ][ copied         ]
 *                      [lead]
 *
 * Where pictures are shown in another order than they are decoded in, the last of those shown may need one that is not:
 * these few are encoded anew, too.
 */
export function planPictures(pictures: readonly Picture[], fromTicks: number, toTicks: number): PicturePlan {
  const isShown = ({ ptsTicks }: Picture) => ptsTicks >= fromTicks && ptsTicks < toTicks;
  const last = pictures.findLastIndex(isShown);
  if (last < 0) return { lost: 0 };
  const begin = pictures.findIndex((picture) => picture.isIdr && isShown(picture));
  const copied = begin < 0 ? undefined : copiedFrom(pictures, begin, last, toTicks);
  const lead = edgeOf(pictures, { from: 0, to: copied?.from ?? last + 1 }, isShown);
  const tail = copied && edgeOf(pictures, { from: copied.to, to: last + 1 }, isShown);
  return {
    ...(lead.edge && { lead: lead.edge }),
    ...(copied && { copied }),
    ...(tail?.edge && { tail: tail.edge }),
    lost: lead.lost,
  };
}

/** The longest range from `begin` on that is shown as a whole before all that is shown behind it. */
function copiedFrom(
  pictures: readonly Picture[],
  begin: number,
  last: number,
  toTicks: number,
): IndexRange | undefined {
  const isBehind = ({ ptsTicks }: Picture) => ptsTicks >= toTicks;
  const firstBehind = pictures.findIndex((picture, index) => index >= begin && index <= last && isBehind(picture));
  if (firstBehind < 0) return { from: begin, to: last + 1 };
  const lastIdr = pictures.findLastIndex(({ isIdr }, index) => isIdr && index <= firstBehind);
  for (let to = firstBehind; to > lastIdr; to--) {
    const newest = Math.max(...pictures.slice(lastIdr, to).map(({ ptsTicks }) => ptsTicks));
    const rest = pictures.slice(to, last + 1).filter((picture) => !isBehind(picture));
    if (rest.every(({ ptsTicks }) => ptsTicks > newest)) return { from: begin, to };
  }
  return lastIdr > begin ? { from: begin, to: lastIdr } : undefined;
}

/** The pictures of a range that are shown, to be encoded from the key frame before them on. */
function edgeOf(
  pictures: readonly Picture[],
  { from, to }: IndexRange,
  isShown: (picture: Picture) => boolean,
): { readonly edge?: Edge; readonly lost: number } {
  const wanted: number[] = [];
  for (let index = from; index < to; index++) if (isShown(pictureAt(pictures, index))) wanted.push(index);
  const [first] = wanted;
  const last = wanted.at(-1);
  if (first === undefined || last === undefined) return { lost: 0 };
  let begin = pictures.findLastIndex(({ isIdr }, index) => isIdr && index <= first);
  if (begin < 0) begin = wanted.find((index) => pictures[index]?.isIdr) ?? to;
  const shown = wanted.filter((index) => index >= begin);
  const lost = wanted.length - shown.length;
  if (shown.length === 0) return { lost };
  const ptsOf = (index: number) => pictureAt(pictures, index).ptsTicks;
  return {
    edge: { decoded: { from: begin, to: last + 1 }, shown: shown.toSorted((a, b) => ptsOf(a) - ptsOf(b)) },
    lost,
  };
}

export function pictureAt<P extends Picture>(pictures: readonly P[], index: number): P {
  const picture = pictures[index];
  if (!picture) throw new RangeError(`no picture ${index} of ${pictures.length}`);
  return picture;
}

export type Size = { readonly width: number; readonly height: number };

/** Parts of the size that was asked for, for machines that can't make all of it in real time. */
const STEPS = [1, 3 / 4, 1 / 2, 1 / 4];

const even = (length: number) => Math.max(2, Math.round(length / 2) * 2);

/** The next smaller size than `current` of a picture that was to be `asked`; undefined when there is none. */
export function smallerSize(asked: Size, current: Size): Size | undefined {
  return STEPS.map((part) => ({ width: even(asked.width * part), height: even(asked.height * part) })).find(
    ({ width }) => width < current.width,
  );
}

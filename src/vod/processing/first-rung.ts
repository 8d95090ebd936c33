import type { Rung } from './ladder.ts';

/** A rung with the number of its output, from 1, in the order of its group. */
export type NumberedRung = Rung & { readonly number: number };

/** The rung that is made before the others, so that there is something to play soon: the one of the fewest pixels. */
export function firstRung(rungs: readonly Rung[]): [first: NumberedRung | undefined, others: readonly NumberedRung[]] {
  const numbered = rungs.map((rung, index) => ({ ...rung, number: index + 1 }));
  const first = numbered.reduce<NumberedRung | undefined>(
    (best, rung) => (best === undefined || isBetter(rung, best) ? rung : best),
    undefined,
  );
  return [first, numbered.filter((rung) => rung !== first)];
}

/** What adapts is better than a file, whatever their sizes. */
function isBetter(rung: Rung, than: Rung): boolean {
  const [is, was] = [rung.template.container === 'm3u8', than.template.container === 'm3u8'];
  return is === was ? pixelsOf(rung) < pixelsOf(than) : is;
}

function pixelsOf({ template: { video } }: Rung): number {
  const side = video.height ?? video.width;
  if (side === undefined) return video.isRemoved ? 0 : Number.POSITIVE_INFINITY;
  return (video.width ?? side) * (video.height ?? side);
}

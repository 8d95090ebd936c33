import type { Rung } from './ladder.ts';

/** A rung with the number of its output, from 1, in the order of its group. */
export type NumberedRung = Rung & { readonly number: number };

/** What is made of an original in which order. */
export type RungOrder = {
  /** So that there is something to play soon: the one of the fewest pixels. */
  readonly first: NumberedRung | undefined;
  readonly others: readonly NumberedRung[];
  /** In one manifest. */
  readonly dash: readonly NumberedRung[];
};

export function rungOrder(rungs: readonly Rung[]): RungOrder {
  const numbered = rungs.map((rung, index) => ({ ...rung, number: index + 1 }));
  const single = numbered.filter((rung) => rung.package === undefined);
  const first = single.reduce<NumberedRung | undefined>(
    (best, rung) => (best === undefined || isBetter(rung, best) ? rung : best),
    undefined,
  );
  return {
    first,
    others: single.filter((rung) => rung !== first),
    dash: numbered.filter((rung) => rung.package === 'dash'),
  };
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

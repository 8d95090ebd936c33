import { AnswerError, fields, list, number, optional, text } from '../../answers/answer-fields.ts';

/** A category with what is right in it, and how deep it is in the tree. */
export type Branch = {
  readonly id: number;
  readonly name: string;
  readonly level: number;
  readonly parent?: number;
  readonly assets: number;
};

/** The tree as a list, what is within others behind them. */
export function readTree(answer: unknown): readonly Branch[] {
  const { categories } = fields(answer);
  if (!Array.isArray(categories)) throw new AnswerError('the answer holds no tree of categories');
  return categories.flatMap(readBranch);
}

function readBranch(answer: unknown): readonly Branch[] {
  const { id, name, level, parent, assets, children } = fields(answer);
  const known = number(id);
  if (known === undefined) return [];
  const branch = { id: known, name: text(name) ?? '', level: number(level) ?? 0, assets: number(assets) ?? 0 };
  return [{ ...branch, ...optional('parent', number(parent)) }, ...list(children).flatMap(readBranch)];
}

/** What it is within, from the top: `News / Evening / `. */
export function wayTo(tree: readonly Branch[], { parent }: Branch): string {
  const above = parent === undefined ? undefined : tree.find(({ id }) => id === parent);
  return above === undefined ? '' : `${wayTo(tree, above)}${above.name} / `;
}

/** A category and all that is below it. */
export function withBelow(tree: readonly Branch[], id: number): ReadonlySet<number> {
  const found = new Set([id]);
  for (const { id: each, parent } of tree) if (parent !== undefined && found.has(parent)) found.add(each);
  return found;
}

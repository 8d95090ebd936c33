import type { CategoryEdit, CategoryTable, StoredCategory } from '../store/index.ts';
import { LibraryError } from './base/index.ts';

/** A branch of the tree; the topmost have level 0. */
export type Category = {
  readonly id: number;
  readonly parent?: number;
  readonly name: string;
  readonly level: number;
};

/** A category with those right below it. */
export type CategoryTree = Category & {
  readonly assets: number;
  readonly children: readonly CategoryTree[];
};

const MAX_LEVEL = 7;
const MAX_CATEGORIES = 10_000;

/** What becomes of what is in a category that is deleted. */
export type DeletionOfCategory = { readonly moveTo?: number | undefined };

/** The tree that assets are sorted into. */
export class Categories {
  readonly #table: CategoryTable;

  constructor(table: CategoryTable) {
    this.#table = table;
  }

  /** Throws CATEGORY_NOT_FOUND. */
  async find(id: number): Promise<Category> {
    return (await this.all()).find((category) => category.id === id) ?? fail(noCategory());
  }

  /** Parents before their children, siblings by name. */
  async all(): Promise<Category[]> {
    const rows = await this.#table.all();
    const below = childrenOf(rows);
    const walk = (parent: number | null, level: number): Category[] =>
      (below.get(parent) ?? []).flatMap((row) => [shown(row, level), ...walk(row.id, level + 1)]);
    return walk(null, 0);
  }

  /** All of it, or one branch, with the numbers of assets. */
  async tree(root?: number): Promise<CategoryTree[]> {
    const all = await this.all();
    const counts = await this.#table.counts(all.map(({ id }) => id));
    const grow = (parent: number | undefined): CategoryTree[] =>
      all
        .filter((each) => each.parent === parent)
        .map((each) => ({ ...each, assets: counts.get(each.id) ?? 0, children: grow(each.id) }));
    if (root === undefined) return grow(undefined);
    const top = all.find(({ id }) => id === root) ?? fail(noCategory());
    return [{ ...top, assets: counts.get(root) ?? 0, children: grow(root) }];
  }

  /** It and all below it. */
  async within(id: number): Promise<number[]> {
    const below = childrenOf(await this.#table.all());
    const walk = (parent: number): number[] => [parent, ...(below.get(parent) ?? []).flatMap((row) => walk(row.id))];
    return walk(id);
  }

  /** Those above it, from the topmost down, and itself; none where it is not there. */
  async path(id: number): Promise<Category[]> {
    const all = new Map((await this.all()).map((category) => [category.id, category]));
    const path: Category[] = [];
    for (let at = all.get(id); at !== undefined; at = at.parent === undefined ? undefined : all.get(at.parent)) {
      path.unshift(at);
    }
    return path;
  }

  /** Throws CATEGORY_NOT_FOUND, CATEGORY_EXISTS and CATEGORY_TOO_DEEP. */
  add(name: string, parent?: number): Promise<Category> {
    return this.#table.edit(async (edit) => {
      const rows = await edit.all();
      if (rows.length >= MAX_CATEGORIES) throw tooMany();
      const level = levelBelow(rows, parent ?? null);
      refuseDepth(level);
      refuseSameName(rows, name, parent ?? null);
      return shown(await edit.insert({ name, parent: parent ?? null }), level);
    });
  }

  /** Renames it, or puts it elsewhere in the tree (null: to the top). Throws CATEGORY_CIRCLE, too. */
  change(id: number, changes: { readonly name?: string; readonly parent?: number | null }): Promise<Category> {
    return this.#table.edit(async (edit) => {
      const rows = await edit.all();
      const row = rows.find((each) => each.id === id) ?? fail(noCategory());
      const { name = row.name, parent = row.parent } = changes;
      const level = levelBelow(rows, parent);
      refuseCircle(rows, id, parent);
      refuseDepth(level + heightOf(rows, id));
      refuseSameName(rows, name, parent, id);
      await edit.update(id, { name, parent });
      return shown({ ...row, name, parent }, level);
    });
  }

  /** Refused where something is in it, unless it is said where that goes. */
  async remove(id: number, { moveTo }: DeletionOfCategory = {}): Promise<void> {
    await this.#table.edit(async (edit) => {
      const rows = await edit.all();
      if (!rows.some((each) => each.id === id)) throw noCategory();
      const children = rows.filter(({ parent }) => parent === id);
      if (moveTo === undefined) await refuseFilled(edit, id, children.length);
      else await moveAll(edit, { rows, id, moveTo, children });
      await edit.remove(id);
    });
  }
}

async function refuseFilled(edit: CategoryEdit, id: number, children: number): Promise<void> {
  if (children === 0 && !(await edit.hasAssets(id))) return;
  const what = children > 0 ? `${children} categories are below it` : 'there are assets in it, maybe in the trash';
  const remedy = 'Move them elsewhere first, or say with moveTo to which category they go.';
  throw new LibraryError('CATEGORY_IN_USE', `the category is not empty: ${what}`, remedy);
}

async function moveAll(
  edit: CategoryEdit,
  { rows, id, moveTo, children }: { rows: StoredCategory[]; id: number; moveTo: number; children: StoredCategory[] },
): Promise<void> {
  refuseCircle(rows, id, moveTo);
  const level = levelBelow(rows, moveTo);
  for (const child of children) {
    refuseDepth(level + heightOf(rows, child.id));
    refuseSameName(rows, child.name, moveTo, child.id);
    await edit.update(child.id, { parent: moveTo });
  }
  await edit.moveAssets(id, moveTo);
}

function childrenOf(rows: readonly StoredCategory[]): Map<number | null, StoredCategory[]> {
  const below = new Map<number | null, StoredCategory[]>();
  for (const row of [...rows].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id))) {
    below.set(row.parent, [...(below.get(row.parent) ?? []), row]);
  }
  return below;
}

function levelBelow(rows: readonly StoredCategory[], parent: number | null): number {
  if (parent === null) return 0;
  const row = rows.find(({ id }) => id === parent) ?? fail(noCategory());
  return levelBelow(rows, row.parent) + 1;
}

/** How many levels lie below it. */
function heightOf(rows: readonly StoredCategory[], id: number): number {
  return rows
    .filter(({ parent }) => parent === id)
    .reduce((highest, row) => Math.max(highest, heightOf(rows, row.id) + 1), 0);
}

function refuseCircle(rows: readonly StoredCategory[], id: number, parent: number | null): void {
  for (let at = parent; at !== null; at = rows.find((row) => row.id === at)?.parent ?? null) {
    if (at !== id) continue;
    const remedy = 'Choose one that is neither the category itself nor below it.';
    throw new LibraryError('CATEGORY_CIRCLE', 'a category cannot be within itself', remedy);
  }
}

function refuseDepth(level: number): void {
  if (level <= MAX_LEVEL) return;
  const remedy = 'Put it further up in the tree.';
  throw new LibraryError('CATEGORY_TOO_DEEP', `a category can have ${MAX_LEVEL} others above it, not more`, remedy);
}

function refuseSameName(rows: readonly StoredCategory[], name: string, parent: number | null, id?: number): void {
  if (!rows.some((row) => row.name === name && row.parent === parent && row.id !== id)) return;
  const message = `there is a category ${JSON.stringify(name)} in the same place`;
  throw new LibraryError('CATEGORY_EXISTS', message, 'Choose another name.');
}

function tooMany(): LibraryError {
  return new LibraryError('CATEGORIES_FULL', `there are ${MAX_CATEGORIES} categories`, 'Delete some first.');
}

function noCategory(): LibraryError {
  return new LibraryError('CATEGORY_NOT_FOUND', 'there is no such category', 'List the categories.');
}

function shown({ id, parent, name }: StoredCategory, level: number): Category {
  return { id, name, level, ...(parent === null ? {} : { parent }) };
}

function fail(error: Error): never {
  throw error;
}

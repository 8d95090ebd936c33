import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  DONE,
  integer,
  isNotFound,
  orNotFound,
  paged,
  type ServedAction,
  text,
} from '../base/index.ts';

type Tree = {
  readonly id: number;
  readonly name: string;
  readonly level: number;
  readonly parent?: number;
  readonly children: readonly Tree[];
};

const CATEGORY = ['InvalidCateId.NotFound', 'category'] as const;
const ROOT = -1;

/** The tree that assets are sorted into. */
export const categoryActions: readonly ServedAction[] = [
  action({
    name: 'AddCategory',
    summary: 'Adds a category, at the top or within another',
    differs: 'categories are for all kinds of media; Type is told back',
    input: z.object({ CateName: text.max(64), ParentId: integer.optional(), Type: text.optional() }),
    run: async ({ input: { CateName: name, ParentId, Type }, ask }) => {
      const parent = ParentId === undefined || ParentId <= 0 ? undefined : ParentId;
      const added = ask<Tree>('createCategory', { body: { name, ...(parent !== undefined && { parent }) } });
      return { Category: { ...shown(await orNotFound(added, ...CATEGORY)), Type: Type ?? 'default' } };
    },
  }),
  action({
    name: 'UpdateCategory',
    summary: 'Renames a category',
    input: z.object({ CateId: integer, CateName: text.max(64) }),
    run: async ({ input: { CateId: id, CateName: name }, ask }) => {
      await orNotFound(ask('updateCategory', { params: { id }, body: { name } }), ...CATEGORY);
      return DONE;
    },
  }),
  action({
    name: 'DeleteCategory',
    summary: 'Deletes a category that has nothing in it',
    differs: 'one with assets or others in it stays',
    input: z.object({ CateId: integer }),
    run: async ({ input: { CateId: id }, ask }) => {
      await orNotFound(ask('deleteCategory', { params: { id } }), ...CATEGORY);
      return DONE;
    },
  }),
  action({
    name: 'GetCategories',
    summary: 'A category with those within it, by pages',
    input: z.object({
      ...{ CateId: integer.optional(), PageNo: integer.optional(), PageSize: integer.optional() },
      ...{ Type: text.optional(), SortBy: text.optional() },
    }),
    run: async ({ input: { CateId = ROOT, PageNo = 1, PageSize = 10, SortBy = '' }, ask }) => {
      const found = await treeOf(ask, CateId);
      const children = [...(found?.children ?? [])];
      if (/^CreationTime:Desc$/i.test(SortBy)) children.reverse();
      const { items } = paged(children, PageNo, PageSize);
      return {
        ...(CateId > 0 && found && { Category: { ...shown(found), Type: 'default' } }),
        SubTotal: children.length,
        SubCategories: {
          Category: items.map((each) => ({ ...shown(each), SubTotal: each.children.length, Type: 'default' })),
        },
      };
    },
  }),
];

async function treeOf(ask: ActionCall['ask'], id: number): Promise<{ children: readonly Tree[] } & Partial<Tree>> {
  try {
    const { categories } = await ask<{ categories: readonly Tree[] }>(
      'listCategories',
      id > 0 ? { query: { root: id } } : {},
    );
    if (id <= 0) return { children: categories };
    const [found] = categories;
    if (found) return found;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw new ApsaraError(404, CATEGORY[0], 'Specified category is not found.');
}

function shown({ id = ROOT, name = '', level = 0, parent = ROOT }: Partial<Tree>): Body {
  return { CateId: id, CateName: name, Level: level, ParentId: parent };
}

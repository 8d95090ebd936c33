import { z } from 'zod';
import type { CategoryTree } from '../vod/index.ts';
import { categoryOf } from './asset-access.ts';
import type { AssetDoor } from './asset-operations.ts';
import { categorySchema, shownCategory } from './asset-schema.ts';
import { type Operation, operation } from './base/index.ts';
import { line } from './schemas.ts';

const name = line(64).min(1);
const id = z.strictObject({ id: z.coerce.number().int().positive() });
const tree = categorySchema.extend({
  assets: z.int().describe('Right in it, without those in the trash'),
  get children() {
    return z.array(tree);
  },
});

/** The tree of categories: show, add, rename, move, delete. */
export function categoryOperations({ categories }: Pick<AssetDoor, 'categories'>): readonly Operation[] {
  const all = { area: 'Library', path: '/asset-categories' } as const;
  const one = { area: 'Library', path: '/asset-categories/{id}', params: id } as const;
  return [
    operation({
      ...{ name: 'listCategories', method: 'get', action: 'categories:read', ...all },
      summary: 'The tree of categories, or one branch of it',
      query: z.strictObject({ root: z.coerce.number().int().positive().optional() }),
      answer: z.strictObject({ categories: z.array(tree.meta({ id: 'AssetCategoryTree' })) }),
      run: async ({ query, permits }) => {
        const seen = async (branch: CategoryTree): Promise<CategoryTree[]> => {
          const children = (await Promise.all(branch.children.map(seen))).flat();
          return permits(await categoryOf(categories, branch.id)) ? [{ ...branch, children }] : children;
        };
        return { categories: (await Promise.all((await categories.tree(query.root)).map(seen))).flat() };
      },
    }),
    operation({
      ...{ name: 'createCategory', method: 'post', action: 'categories:write', ...all },
      summary: 'Adds a category, at the top or within another',
      body: z.strictObject({ name, parent: z.int().positive().optional() }),
      answer: categorySchema,
      status: 201,
      run: async ({ body, require, done }) => {
        const resource = await categoryOf(categories, body.parent);
        require(resource);
        const made = await categories.add(body.name, body.parent);
        done(resource, { category: made.id, name: made.name });
        return shownCategory(made);
      },
    }),
    operation({
      ...{ name: 'updateCategory', method: 'patch', action: 'categories:write', ...one },
      summary: 'Renames a category, or moves it with all that is in it',
      body: z.strictObject({ name: name.optional(), parent: z.int().positive().nullable().optional() }),
      answer: categorySchema,
      run: async ({ params, body, require, done }) => {
        const resource = await categoryOf(categories, params.id);
        require(resource);
        if (body.parent) require(await categoryOf(categories, body.parent));
        const changed = await categories.change(params.id, {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.parent === undefined ? {} : { parent: body.parent }),
        });
        done(resource, { category: changed.id, ...body });
        return shownCategory(changed);
      },
    }),
    operation({
      ...{ name: 'deleteCategory', method: 'delete', action: 'categories:write', ...one },
      summary: 'Deletes a category that is empty, or moves what is in it to another first',
      query: z.strictObject({ moveTo: z.coerce.number().int().positive().optional() }),
      run: async ({ params, query: { moveTo }, require, done }) => {
        const resource = await categoryOf(categories, params.id);
        require(resource);
        if (moveTo !== undefined) require(await categoryOf(categories, moveTo));
        await categories.remove(params.id, { moveTo });
        done(resource, { category: params.id });
      },
    }),
  ];
}

import { z } from 'zod';
import { integer, paged } from '../../base/index.ts';

/** How lists of configurations are asked for. */
export const pageFields = {
  PageNum: integer.pipe(z.int().min(1)).default(1),
  PageSize: integer.pipe(z.int().min(1).max(100)).default(10),
  Order: z.enum(['asc', 'desc'], { error: 'it must be asc or desc' }).default('asc'),
};

type Asked = { readonly PageNum: number; readonly PageSize: number; readonly Order?: 'asc' | 'desc' };

/** A page of a list that is sorted upwards, with what every such answer says of it. */
export function listed<T>(sorted: readonly T[], { PageNum, PageSize, Order }: Asked) {
  const { items, pages } = paged(Order === 'desc' ? sorted.toReversed() : sorted, PageNum, PageSize);
  const about = { ...(Order && { Order }), PageNum, PageSize, TotalNum: sorted.length, TotalPage: pages };
  return { items, about };
}

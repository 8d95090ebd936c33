import { fields, list, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export type AccessKey = {
  readonly id: string;
  readonly user: string;
  readonly note: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | undefined;
};

export function readAccessKeys(answer: unknown): ListPage<AccessKey> {
  const { accessKeys, nextCursor } = fields(answer);
  return { rows: list(accessKeys).map(readAccessKey), cursor: text(nextCursor) };
}

function readAccessKey(answer: unknown): AccessKey {
  const { id, user, note, createdAt, lastUsedAt } = fields(answer);
  return {
    id: text(id) ?? '',
    user: text(user) ?? '',
    note: text(note) ?? '',
    createdAt: text(createdAt) ?? '',
    lastUsedAt: text(lastUsedAt),
  };
}

import { and, asc, desc, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import { assets } from './schema.ts';

const EQUAL = {
  ...{ id: assets.id, kind: assets.kind, status: assets.status, publication: assets.publication },
  ...{ storage: assets.storage, referenceId: assets.referenceId, templateGroup: assets.templateGroup },
  ...{ workflow: assets.workflow, uploadedBy: assets.uploadedBy },
} as const;

const RANGES = {
  ...{ sizeBytes: assets.sizeBytes, durationSeconds: sql`coalesce(${assets.durationSeconds}, 0)` },
  ...{ createdAt: assets.createdAt, modifiedAt: assets.modifiedAt },
} as const;

const TYPES = {
  ...{ sizeBytes: 'bigint', durationSeconds: 'double precision' },
  ...{ createdAt: 'timestamptz', modifiedAt: 'timestamptz' },
} as const;

/** One end of a range; times in ms since 1970. */
export type RangeEnd = { readonly value: number; readonly isOpen?: boolean };

/** Which assets. */
export type AssetCondition =
  | { readonly kind: 'is'; readonly field: keyof typeof EQUAL; readonly values: readonly string[] }
  | { readonly kind: 'category'; readonly values: readonly (number | undefined)[] }
  | { readonly kind: 'range'; readonly field: keyof typeof RANGES; readonly from?: RangeEnd; readonly to?: RangeEnd }
  /** Has a word beginning so, under one of these letters. */
  | { readonly kind: 'word'; readonly fields: readonly string[]; readonly word: string; readonly isWhole?: boolean }
  | { readonly kind: 'trashed'; readonly is: boolean }
  | { readonly kind: 'and' | 'or'; readonly of: readonly AssetCondition[] };

/** By what a list is ordered. */
export type AssetOrder = { readonly field: keyof typeof RANGES; readonly isDescending: boolean };

/** A condition in SQL; undefined stands for every asset. */
export function conditionSql(condition: AssetCondition | undefined): SQL | undefined {
  if (condition === undefined) return undefined;
  switch (condition.kind) {
    case 'is':
      return inArray(EQUAL[condition.field], [...condition.values]);
    case 'category': {
      const known = condition.values.filter((value) => value !== undefined);
      const isNone = known.length < condition.values.length ? isNull(assets.category) : undefined;
      return or(inArray(assets.category, known), isNone);
    }
    case 'range':
      return rangeSql(condition);
    case 'word':
      return sql`headwater.asset_lexemes(${assets.words}) @@ ${queryOf(condition)}::tsquery`;
    case 'trashed':
      return condition.is ? isNotNull(assets.trashedAt) : isNull(assets.trashedAt);
    case 'and':
      return and(sql`true`, ...condition.of.map(conditionSql));
    case 'or':
      return or(sql`false`, ...condition.of.map(conditionSql));
  }
}

/** How a list is ordered, and what is behind a place of it; ids decide between equals. */
export const orderSql = {
  by: ({ field, isDescending }: AssetOrder): SQL[] => {
    const column = RANGES[field];
    return isDescending ? [sql`${column} desc`, desc(assets.id)] : [sql`${column} asc`, asc(assets.id)];
  },
  behind: ({ field, isDescending }: AssetOrder, { value, id }: { value: string; id: string }): SQL => {
    const column = RANGES[field];
    const place = sql`(${value}::${sql.raw(TYPES[field])}, ${id})`;
    return isDescending ? sql`(${column}, ${assets.id}) < ${place}` : sql`(${column}, ${assets.id}) > ${place}`;
  },
};

/** What a place keeps of the asset, as text that the database reads back as the same value. */
export function placeSql({ field }: AssetOrder): SQL<string> {
  return sql<string>`${RANGES[field]}::text`;
}

function rangeSql({ field, from, to }: Extract<AssetCondition, { kind: 'range' }>): SQL | undefined {
  const column = RANGES[field];
  const isTime = field === 'createdAt' || field === 'modifiedAt';
  const end = ({ value }: RangeEnd) => (isTime ? sql`to_timestamp(${value}::float8 / 1000)` : sql`${value}`);
  return and(
    sql`true`,
    from && (from.isOpen ? sql`${column} > ${end(from)}` : sql`${column} >= ${end(from)}`),
    to && (to.isOpen ? sql`${column} < ${end(to)}` : sql`${column} <= ${end(to)}`),
  );
}

function queryOf({ fields, word, isWhole = false }: Extract<AssetCondition, { kind: 'word' }>): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return fields.map((field) => `${quoted(`${field}:${word}`)}${isWhole ? '' : ':*'}`).join(' | ');
}

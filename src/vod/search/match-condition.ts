import type { AssetCondition, RangeEnd } from '../../store/index.ts';
import { type Match, type MatchEnd, malformed, parseMatch } from './match.ts';
import { folded, WHOLE_TAG, WORD_FIELDS, wordsWanted } from './words.ts';

type Field =
  | { readonly kind: 'is'; readonly field: Extract<AssetCondition, { kind: 'is' }>['field'] }
  | { readonly kind: 'category' }
  | { readonly kind: 'words'; readonly letters: readonly string[] }
  | { readonly kind: 'tag' }
  | { readonly kind: 'range'; readonly field: Extract<AssetCondition, { kind: 'range' }>['field'] };

const ANYWHERE = Object.values(WORD_FIELDS);
const ID: Field = { kind: 'is', field: 'id' };

/** Names of fields in lower case, ours and those of ApsaraVideo's SearchMedia. */
const FIELDS: Readonly<Record<string, Field>> = {
  ...{ id: ID, videoid: ID, audioid: ID, imageid: ID, mediaid: ID },
  ...{ kind: { kind: 'is', field: 'kind' }, mediatype: { kind: 'is', field: 'kind' } },
  ...{ status: { kind: 'is', field: 'status' }, publication: { kind: 'is', field: 'publication' } },
  ...{ storage: { kind: 'is', field: 'storage' }, storagelocation: { kind: 'is', field: 'storage' } },
  ...{ referenceid: { kind: 'is', field: 'referenceId' }, uploadedby: { kind: 'is', field: 'uploadedBy' } },
  ...{ templategroup: { kind: 'is', field: 'templateGroup' }, templategroupid: { kind: 'is', field: 'templateGroup' } },
  ...{ workflow: { kind: 'is', field: 'workflow' }, workflowid: { kind: 'is', field: 'workflow' } },
  ...{ category: { kind: 'category' }, cateid: { kind: 'category' }, tag: { kind: 'tag' } },
  ...{ title: { kind: 'words', letters: [WORD_FIELDS.title] }, tags: { kind: 'words', letters: [WORD_FIELDS.tag] } },
  description: { kind: 'words', letters: [WORD_FIELDS.description] },
  text: { kind: 'words', letters: ANYWHERE },
  ...{ size: { kind: 'range', field: 'sizeBytes' }, duration: { kind: 'range', field: 'durationSeconds' } },
  ...{ creationtime: { kind: 'range', field: 'createdAt' }, createdat: { kind: 'range', field: 'createdAt' } },
  ...{ modificationtime: { kind: 'range', field: 'modifiedAt' }, modifiedat: { kind: 'range', field: 'modifiedAt' } },
};

const NOTHING: AssetCondition = { kind: 'or', of: [] };

/** Which assets a match expression asks for. Throws MATCH_MALFORMED. */
export function matchCondition(text: string): AssetCondition {
  return conditionOf(parseMatch(text));
}

/** All words of the text, each the beginning of one in title, tags or description. */
export function textCondition(text: string, letters: readonly string[] = ANYWHERE): AssetCondition {
  const words = wordsWanted(text);
  if (words.length === 0) return NOTHING;
  return { kind: 'and', of: words.map((word) => ({ kind: 'word', fields: letters, word })) };
}

/** Has this very tag. */
export function tagCondition(tag: string): AssetCondition {
  return { kind: 'word', fields: [WHOLE_TAG], word: folded(tag), isWhole: true };
}

function conditionOf(match: Match): AssetCondition {
  if ('of' in match) return { kind: match.kind, of: match.of.map(conditionOf) };
  const name = match.field.toLowerCase();
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (field === undefined) throw malformed(`there is no field ${match.field}`, `Use one of ${names()}.`);
  if (match.kind === 'range') return rangeOf(match, field);
  const { values } = match;
  switch (field.kind) {
    case 'is':
      return { kind: 'is', field: field.field, values };
    case 'category':
      return { kind: 'category', values: values.map((value) => numberOf(value, match.field)) };
    case 'tag':
      return { kind: 'or', of: values.map(tagCondition) };
    case 'words':
      return { kind: 'or', of: values.map((value) => textCondition(value, field.letters)) };
    case 'range':
      return {
        kind: 'or',
        of: values.map((value) => {
          const end = { value: endOf(value, field, match.field) };
          return { kind: 'range', field: field.field, from: end, to: end };
        }),
      };
  }
}

function rangeOf({ field: name, from, to }: Extract<Match, { kind: 'range' }>, field: Field): AssetCondition {
  if (field.kind !== 'range') throw malformed(`${name} has no ranges`, `Write ${name} = value.`);
  const end = ({ value, isOpen }: MatchEnd): RangeEnd => ({ value: endOf(value, field, name), isOpen });
  return { kind: 'range', field: field.field, ...(from && { from: end(from) }), ...(to && { to: end(to) }) };
}

function endOf(text: string, { field }: Extract<Field, { kind: 'range' }>, name: string): number {
  if (field !== 'createdAt' && field !== 'modifiedAt') return numberOf(text, name);
  const value = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw malformed(`${JSON.stringify(text)} is no time`, `Write ${name} as 2026-01-31T08:00:00Z.`);
}

function numberOf(text: string, name: string): number {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  throw malformed(`${JSON.stringify(text)} is no number`, `Write ${name} as a number.`);
}

function names(): string {
  return 'VideoId, Title, Tags, Tag, Description, Text, CateId, Status, Publication, StorageLocation, ReferenceId, Size, Duration, CreationTime, ModificationTime';
}

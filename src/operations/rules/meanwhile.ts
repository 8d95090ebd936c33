import { changesBetween, documentOf, fieldChanges, type ObjectChange, type RulesHalf } from '../../rules/index.ts';
import { OperationError } from '../base/index.ts';
import type { RulesDoor, StoredRevision } from './rules-door.ts';

/** So many revisions are looked through to tell who changed what. */
const LOOKED_AT = 50;

const MOST_CHARACTERS = 200;

const REMEDY = 'Read it again, make your change to what it is now, and send it with the new ETag.';

/** The refusal of a change to the document of revision `base`: who changed what since. */
export async function changedSince(door: RulesDoor, base: number): Promise<OperationError> {
  const since = await revisionsSince(door, base).catch(() => []);
  const first = since.find(({ number }) => number === base);
  const changes = first === undefined ? [] : changesBetween(documentOf(first.document), door.source.apiDocument());
  return refusal(
    since.filter(({ number }) => number > base),
    changes,
  );
}

/** The same for one object, which the caller saw as it is in a document that `isSame` is true of. */
export async function objectChangedSince(
  door: RulesDoor,
  isSame: (half: RulesHalf) => boolean,
  isAbout: (change: ObjectChange) => boolean,
): Promise<OperationError> {
  const [newest, ...older] = await revisionsSince(door, 0).catch(() => []);
  const touching: StoredRevision[] = [];
  let newer = newest;
  for (const revision of older) {
    const before = documentOf(revision.document);
    if (newer !== undefined && changesBetween(before, documentOf(newer.document)).some(isAbout)) {
      touching.push(newer);
      if (isSame(before)) return refusal(touching, changesBetween(before, door.source.apiDocument()).filter(isAbout));
    }
    newer = revision;
  }
  return refusal(touching.slice(0, 1), []);
}

/** The newest first, down to `base`. */
async function revisionsSince(door: RulesDoor, base: number): Promise<StoredRevision[]> {
  const summaries = (await door.revisions.list(LOOKED_AT)).filter(({ number }) => number >= base);
  const found = await Promise.all(summaries.map(({ number }) => door.revisions.get(number)));
  return found.flatMap((each) => (each === undefined ? [] : [each]));
}

type Summary = Omit<StoredRevision, 'document'>;

function refusal(revisions: readonly Summary[], changes: readonly ObjectChange[]): OperationError {
  const words = revisions.map(
    ({ number, author, created_at, reason }) =>
      `${author} at ${created_at.toISOString()} (revision ${number}${reason === '' ? '' : `: ${reason}`})`,
  );
  const message = words.length === 0 ? 'it was changed meanwhile' : `it was changed meanwhile by ${words.join(', ')}`;
  const errors = changes.flatMap((change) =>
    fieldChanges(change, false).map(({ path, before, after }) => ({
      path,
      message: `${valueText(before)} became ${valueText(after)}`,
    })),
  );
  return new OperationError(412, 'PRECONDITION_FAILED', message, REMEDY, errors);
}

/** A whole object that came or went is told of by its beginning. */
function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

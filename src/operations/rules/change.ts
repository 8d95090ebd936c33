import { SERVER } from '../../identity/index.ts';
import {
  type ApplyOptions,
  type ApplyResult,
  aliasesOf,
  changesBetween,
  type DomainRule,
  fieldChanges,
  type ObjectChange,
  type PlacedError,
  type RulesHalf,
} from '../../rules/index.ts';
import { type Call, type FieldError, OperationError } from '../base/index.ts';
import type { Approval } from './approvals.ts';
import { resourceOf, writeActionOf } from './rule-kinds.ts';
import type { RulesDoor } from './rules-door.ts';

export type Edit = {
  readonly reason: string;
  /** The document as it should be, made of the present one at that revision; may throw. */
  readonly edit: (half: RulesHalf, revision: number) => unknown;
  /** Names the places of errors as the caller knows them. */
  readonly placeOf?: (error: PlacedError) => string;
  /** What else is stored with the revision, or not at all; not called where there is none. */
  readonly also?: ApplyOptions['also'];
  /** What is written into the audit log beside the changes. */
  readonly detail?: Readonly<Record<string, unknown>>;
};

export type Changed =
  | { readonly state: 'done'; readonly revision: number; readonly changes: readonly ObjectChange[] }
  | { readonly state: 'pending'; readonly approval: Approval };

const ATTEMPTS = 4;

/**
 * The one way in which the API changes rules: the new document is checked, every change in it must be allowed to the
 * caller, and it is applied as one revision, or waits for a second person. Nothing changed makes no revision.
 */
export async function changeRules(door: RulesDoor, call: AnyCall, edit: Edit): Promise<Changed> {
  for (let attempt = 1; ; attempt++) {
    const { revision } = door.source.current();
    const before = door.source.apiDocument();
    const document = edit.edit(before, revision);
    const checked = door.source.check(document);
    if (!checked.ok) throw invalid(checked.errors, edit.placeOf);
    const changes = changesBetween(before, checked.half);
    for (const change of changes) requireChange(call, change);
    if (changes.length === 0) return { state: 'done', revision, changes };
    const risks = door.approvals.risksOf(changes);
    if (risks.length > 0) {
      const approval = await door.approvals.ask(call.caller, { changes, risks, reason: edit.reason });
      note(call, changes, { ...edit.detail, approval: approval.id, reason: edit.reason });
      return { state: 'pending', approval };
    }
    const result = await door.source.apply(checked.half, {
      ...{ author: call.caller.name, reason: edit.reason, base: revision, also: edit.also },
    });
    if (result.ok) {
      note(call, changes, { ...edit.detail, revision: result.compiled.revision, reason: edit.reason });
      return { state: 'done', revision: result.compiled.revision, changes };
    }
    if (result.code !== 'CONFLICT' || attempt === ATTEMPTS) throw refused(result, edit.placeOf);
  }
}

type AnyCall = Pick<Call, 'caller' | 'require' | 'done'>;
type Failed = Extract<ApplyResult, { readonly ok: false }>;

/** What belongs to somebody else, before or after, is not theirs to change. */
export function requireChange(call: Pick<Call, 'require'>, { kind, before, after }: ObjectChange): void {
  for (const object of [before, after]) {
    if (object !== undefined) call.require(resourceOf(kind, object), writeActionOf(kind));
  }
  if (kind !== 'domains') return;
  const [known, hosts] = [before, after].map((domain) => wildcardsOf(domain as DomainRule | undefined));
  if (hosts?.some((host) => !known?.includes(host))) call.require(SERVER, writeActionOf(kind));
}

/** Hosts that nobody names are everybody's: a domain takes them from all others. */
function wildcardsOf(domain: DomainRule | undefined): readonly string[] {
  if (domain === undefined) return [];
  return [...domain.ingest, ...aliasesOf(domain).map(({ name }) => name)].filter((host) => host.includes('*'));
}

/** Each object's change is written down by itself, at what it belongs to; never its values. */
export function note(
  call: Pick<Call, 'done'>,
  changes: readonly ObjectChange[],
  detail: Readonly<Record<string, unknown>>,
): void {
  for (const change of changes) {
    const paths = fieldChanges(change, false).map(({ path }) => path);
    call.done(resourceOf(change.kind, change.after ?? change.before), { ...detail, paths: paths.slice(0, 50) });
  }
}

export function refused({ code, errors }: Failed, placeOf?: Edit['placeOf']): OperationError {
  if (code === 'INVALID') return invalid(errors, placeOf);
  const message = errors.map((error) => error.message).join('; ');
  if (code === 'CONFLICT')
    return new OperationError(409, 'RULES_CHANGED', message, 'Read the rules again, then change them.');
  return new OperationError(
    503,
    'RULES_UNAVAILABLE',
    message,
    'Wait until the database is back, or use the rules file.',
  );
}

export function invalid(errors: readonly PlacedError[], placeOf: Edit['placeOf'] = placeInBody): OperationError {
  const fields: FieldError[] = errors.map((error) => ({ path: placeOf(error), message: error.message }));
  const [first] = fields;
  const title = `${first?.path ?? 'the rules'}: ${first?.message ?? 'are not as they should be'}`;
  return new OperationError(400, 'INVALID_RULES', title, 'Correct the fields that errors names.', fields);
}

/** For a call whose body is the whole document. */
export function placeInBody({ path, origin }: PlacedError): string {
  if (origin === 'file') return `the rules file: ${path}`;
  return fieldOf(path);
}

/** `limits[0].viewers` as a place in the body of a call. */
export const fieldOf = (path: string): string =>
  ['body', ...path.split(/[[\].]+/).filter((step) => step !== '')].join('.');

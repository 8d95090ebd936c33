import { z } from 'zod';
import { listedUser, SERVER, type UserStep } from '../identity/index.ts';
import { type CompiledRules, changesBetween, type PlacedError, type RulesHalf } from '../rules/index.ts';
import { Accepted, type Call, type Operation, OperationError, operation } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';
import {
  approval,
  type Changed,
  changedSince,
  changeRules,
  document,
  fieldChange,
  fieldOf,
  invalid,
  placeInBody,
  type RulesDoor,
  reason,
  shownApproval,
  shownChanges,
  touchedStreams,
  withStoredSecrets,
} from './rules/index.ts';
import { userName, usersSchema } from './user-schema.ts';

/** What is applied as a whole: the rules, and who may do what. */
export type ApplyDoor = {
  readonly rules: RulesDoor;
  readonly identity: Pick<IdentityDoor, 'accounts' | 'directory' | 'gate'>;
};

const body = z.strictObject({
  rules: document,
  users: usersSchema.optional().describe('Left out, users stay as they are; who is not in it is removed'),
});
const query = z.strictObject({
  reason,
  dryRun: z.enum(['true', 'false']).default('false').describe('Only says what would change'),
});
const applied = z
  .strictObject({
    revision: z.int().min(0).describe('Of the rules'),
    changes: z.array(fieldChange),
    touches: z
      .array(z.strictObject({ domain: z.string(), app: z.string(), stream: z.string() }))
      .describe('Live streams for which other rules hold than before'),
    newUsers: z.array(userName).describe('They can log in once they are given a password, or an access key'),
  })
  .meta({ id: 'Applied' });

type ApplyCall = Call<unknown, z.output<typeof query>, z.output<typeof body>>;

/** Rules and users of a file, applied as a whole or not at all. */
export function applyOperation(door: ApplyDoor): Operation {
  return operation({
    ...{ name: 'apply', area: 'Rules', method: 'post', path: '/apply', action: 'rules:write' },
    summary: 'Makes rules and users those of a document, whole or not at all',
    description:
      'First with dryRun: the answer says what would change, and its ETag is for If-Match of the call that does it, which is refused (412) where rules or users were changed meanwhile. Where rules wait for a second person (202), users wait with them: apply the document again once the rules are approved.',
    resource: () => SERVER,
    ...{ query, body, answer: applied, accepted: approval, takesIfMatch: 'optional' },
    run: (call) => {
      if (call.body.users !== undefined) call.require(SERVER, 'users:write');
      return call.query.dryRun === 'true' ? tell(door, call) : apply(door, call);
    },
  });
}

function tell(door: ApplyDoor, call: ApplyCall) {
  const { rules, identity } = door;
  const before = rules.source.apiDocument();
  const checked = rules.source.check(withStoredSecrets(call.body.rules, before, placeOf));
  if (!checked.ok) throw invalid(checked.errors, placeOf);
  const { users } = call.body;
  const steps = users === undefined ? [] : identity.accounts.stepsTo(users, call.caller);
  call.tag(tagOf(door, call));
  return {
    revision: rules.source.current().revision,
    changes: [...shownChanges(call.caller, changesBetween(before, checked.half)), ...steps.flatMap(userChanges)],
    touches: touched(door, rules.source.current(), checked.compiled),
    newUsers: newNames(steps),
  };
}

async function apply(door: ApplyDoor, call: ApplyCall) {
  const { rules, identity } = door;
  const { users } = call.body;
  if (call.ifMatch === undefined) {
    const remedy = 'Send If-Match with the ETag that the same call with dryRun=true gave.';
    throw new OperationError(428, 'PRECONDITION_REQUIRED', 'If-Match is missing', remedy);
  }
  const before = rules.source.current();
  if (users === undefined) return answer(door, call, before, await change(door, call), []);
  let changed: Changed | undefined;
  const steps = await identity.accounts.replaceAll(users, call.caller, async (_steps, write) => {
    changed = await change(door, call, write);
    if (changed.state === 'done' && changed.changes.length === 0) await write();
    return changed.state === 'done';
  });
  identity.gate.sweep();
  for (const step of steps) call.done(SERVER, { ...auditWords(step), reason: call.query.reason }, 'users:write');
  return answer(door, call, before, changed as Changed, steps);
}

/** The rules, with the users in the same transaction. */
async function change(door: ApplyDoor, call: ApplyCall, also?: Parameters<typeof changeRules>[2]['also']) {
  const { rules } = door;
  const seen = Number(/^\d+/.exec(call.ifMatch ?? '')?.[0] ?? Number.NaN);
  const isRulesTag = () => seen === rules.source.current().revision;
  const edit = (half: RulesHalf) => {
    if (call.ifMatch !== tagOf(door, call)) throw new Stale();
    return withStoredSecrets(call.body.rules, half, placeOf);
  };
  try {
    return await changeRules(rules, call, { reason: call.query.reason, edit, placeOf, also });
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    if (!isRulesTag()) throw await changedSince(rules, seen);
    const remedy = 'Look with dryRun at what would change now, and apply it with the new ETag.';
    throw new OperationError(412, 'PRECONDITION_FAILED', 'users were changed meanwhile', remedy);
  }
}

function answer(door: ApplyDoor, call: ApplyCall, before: CompiledRules, changed: Changed, steps: readonly UserStep[]) {
  const { rules } = door;
  if (changed.state === 'pending') return new Accepted(shownApproval(call.caller, changed.approval, rules.nowMs()));
  call.tag(tagOf(door, call));
  return {
    revision: changed.revision,
    changes: [...shownChanges(call.caller, changed.changes), ...steps.flatMap(userChanges)],
    touches: touched(door, before, rules.source.current()),
    newUsers: newNames(steps),
  };
}

const placeOf = (error: PlacedError) => (error.origin === 'file' ? placeInBody(error) : fieldOf(`rules.${error.path}`));

/** Rules or users are not as the caller saw them. */
class Stale extends Error {}

/** Of what the body is about: the rules, and the users where it names them. */
function tagOf({ rules, identity }: ApplyDoor, { body: { users } }: ApplyCall): string {
  const { revision } = rules.source.current();
  if (users === undefined) return String(revision);
  const present = [...identity.directory.users()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return `${revision}-${rules.fingerprint(JSON.stringify(present.map(listedUser)))}`;
}

function touched({ rules }: ApplyDoor, before: CompiledRules, after: CompiledRules) {
  const streams = touchedStreams(rules.liveStreams(), before, after);
  return streams.map(({ domain, app, name }) => ({ domain, app, stream: name }));
}

const newNames = (steps: readonly UserStep[]) => steps.filter(({ before }) => !before).map(({ name }) => name);

/** A user who comes or goes is one change, another one for each field. */
function userChanges({ name, before, after }: UserStep): z.input<typeof fieldChange>[] {
  const path = `users[${name}]`;
  const [was, is] = [before, after].map((user) => user && withoutName(listedUser(user)));
  if (was === undefined || is === undefined) return [{ path, before: was ?? null, after: is ?? null }];
  return (['grants', 'statements', 'isEnabled'] as const)
    .filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]))
    .map((field) => ({ path: `${path}.${field}`, before: was[field], after: is[field] }));
}

const withoutName = ({ name: _, ...rest }: ReturnType<typeof listedUser>) => rest;

function auditWords({ name, before, after }: UserStep): Readonly<Record<string, unknown>> {
  if (after === undefined) return { deleted: name };
  return { [before === undefined ? 'created' : 'changed']: name, ...withoutName(listedUser(after)) };
}

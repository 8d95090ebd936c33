import { z } from 'zod';
import { type DomainRule, HIDDEN, type UrlAuth } from '../../rules/index.ts';
import { Accepted, type Call, notFound, type Operation, OperationError, operation } from '../base/index.ts';
import { changeRules, requireChange } from './change.ts';
import type { RulesDoor } from './rules-door.ts';
import { approval, seesSecrets, shownApproval } from './shown.ts';

const step = z.enum(['add-backup', 'promote']);
const rotation = z.strictObject({ kind: z.enum(['push', 'play']), step: step.optional() });

/** How a domain gets new keys without a gap. */
export function keyOperations(door: RulesDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'rotateKeys', area: 'Keys', method: 'post', path: '/domains/{name}/keys/rotate' },
      ...{ action: 'rules:write', summary: 'The next step of giving a domain a new key without a gap' },
      description:
        'add-backup makes a new key beside the main one; both are good. Once everybody who signs has it, promote makes it the main key, and the former main key stays good as the backup until the next add-backup replaces it. Without step, whichever is next.',
      params: z.strictObject({ name: z.string().min(1).max(255) }),
      resource: ({ name }) => ({ kind: 'domain', domain: name }),
      body: rotation,
      accepted: approval,
      answer: z.strictObject({
        step,
        kind: z.enum(['push', 'play']),
        main: z.string().nullable().describe('Hidden from whoever may not see keys'),
        backup: z.string().nullable(),
        revision: z.int(),
      }),
      run: (call) => rotate(door, call),
    }),
  ];
}

type RotateCall = Call<{ readonly name: string }, unknown, z.output<typeof rotation>>;

async function rotate(door: RulesDoor, call: RotateCall) {
  const { params, body, caller } = call;
  const { kind } = body;
  let taken: z.output<typeof step> = 'add-backup';
  const changed = await changeRules(door, call, {
    reason: `keys for ${kind} URLs of ${params.name}: ${body.step ?? 'the next step'}`,
    edit: (half) => {
      const domain = domainOf(door, half.domains ?? [], params.name);
      requireChange(call, { kind: 'domains', identity: domain.name, before: domain });
      taken = body.step ?? nextStep(door, domain[kind].auth);
      const auth = rotated(domain[kind].auth, taken, door.newKey);
      const next = { ...domain, [kind]: { ...domain[kind], auth } };
      return { ...half, domains: half.domains?.map((each) => (each === domain ? next : each)) };
    },
  });
  if (changed.state === 'pending') return new Accepted(shownApproval(caller, changed.approval, door.nowMs()));
  const domain = domainOf(door, door.source.apiDocument().domains ?? [], params.name);
  const shown = (key: string | undefined) =>
    key === undefined ? null : seesSecrets(caller, 'domains', domain) ? key : HIDDEN;
  const { key1, key2 } = domain[kind].auth;
  return { step: taken, kind, main: shown(key1), backup: shown(key2), revision: changed.revision };
}

function domainOf(door: RulesDoor, domains: readonly DomainRule[], name: string): DomainRule {
  const { originOf } = door.source.current();
  if (originOf('domains', name) === 'file') {
    throw new OperationError(
      409,
      'FILE_OBJECT',
      `the domain ${name} stands in the rules file`,
      'Change the rules file.',
    );
  }
  const found = domains.find((each) => each.name === name);
  if (found === undefined) throw notFound('NOT_FOUND', `there is no domain ${name}`, 'List the domains.');
  return found;
}

/** A backup key that is newer than the main one waits to be promoted. */
function nextStep(door: RulesDoor, { key1, key2 }: UrlAuth): z.output<typeof step> {
  if (key1 === undefined || key2 === undefined) return key2 === undefined ? 'add-backup' : 'promote';
  const [main, backup] = [door.keySince(key1), door.keySince(key2)];
  if (main === undefined || backup === undefined) {
    const message = 'it is not known which of the two keys is newer';
    throw new OperationError(409, 'STEP_UNKNOWN', message, 'Say step: add-backup or promote.');
  }
  return backup > main ? 'promote' : 'add-backup';
}

function rotated(auth: UrlAuth, step: 'add-backup' | 'promote', newKey: () => string): UrlAuth {
  if (step === 'add-backup') return { ...auth, key2: newKey() };
  if (auth.key2 === undefined) {
    throw new OperationError(409, 'NO_BACKUP', 'there is no backup key to promote', 'Begin with step add-backup.');
  }
  const { key1, key2, ...rest } = auth;
  return { ...rest, key1: key2, ...(key1 === undefined ? {} : { key2: key1 }) };
}

import { z } from 'zod';
import { aliasesOf, type DomainRule, HIDDEN, type UrlAuth } from '../../rules/index.ts';
import { Accepted, type Call, notFound, type Operation, OperationError, operation } from '../base/index.ts';
import { changeRules, requireChange } from './change.ts';
import { keyAge, keyAgesOf } from './key-ages.ts';
import { resourceOf } from './rule-kinds.ts';
import type { RulesDoor } from './rules-door.ts';
import { approval, seesSecrets, shownApproval } from './shown.ts';

const step = z.enum(['add-backup', 'promote']);
const rotation = z.strictObject({ kind: z.enum(['push', 'play']), step: step.optional() });
const origin = z.enum(['api', 'file']);

/** The keys of the rules: how old they are, and how a domain gets new ones without a gap. */
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
    operation({
      ...{ name: 'getInventory', area: 'Keys', method: 'get', path: '/inventory', action: 'rules:read' },
      summary: 'Domains, stream keys and callbacks with the age of their keys, and which are due for rotation',
      answer: z.strictObject({
        domains: z.array(
          z.strictObject({
            ...{ name: z.string(), origin, ingest: z.array(z.string()), aliases: z.array(z.string()) },
            keys: z.array(keyAge),
          }),
        ),
        streamKeys: z.array(z.strictObject({ id: z.string(), origin, keys: z.array(keyAge) })),
        callbacks: z.array(z.strictObject({ id: z.string(), url: z.string(), origin, keys: z.array(keyAge) })),
      }),
      run: (call) => inventory(door, call),
    }),
  ];
}

function inventory(door: RulesDoor, { permits }: Call) {
  const { rules, originOf } = door.source.current();
  const seen = <K extends 'domains' | 'streamKeys' | 'callbacks'>(kind: K) =>
    (rules[kind] as readonly (typeof rules)[K][number][]).filter((each) => permits(resourceOf(kind, each)));
  return {
    domains: seen('domains').map((domain) => ({
      ...{ name: domain.name, origin: originOf('domains', domain.name), keys: keyAgesOf(door, domain) },
      ...{ ingest: [...domain.ingest], aliases: aliasesOf(domain).map(({ name }) => name) },
    })),
    streamKeys: seen('streamKeys').map((each) => ({
      ...{ id: each.id, origin: originOf('streamKeys', each.id), keys: keyAgesOf(door, each) },
    })),
    callbacks: seen('callbacks').map((each) => ({
      ...{ id: each.id, url: each.url, origin: originOf('callbacks', each.id), keys: keyAgesOf(door, each) },
    })),
  };
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

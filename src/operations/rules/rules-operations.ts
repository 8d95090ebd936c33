import { z } from 'zod';
import { SERVER } from '../../identity/index.ts';
import {
  changesBetween,
  halfSchema,
  hideSecrets,
  identityOf,
  type PlacedError,
  type RulesHalf,
  streamSettingsSchema,
} from '../../rules/index.ts';
import { Accepted, type Call, notFound, type Operation, OperationError, operation } from '../base/index.ts';
import { changeRules, placeInBody } from './change.ts';
import { changedSince } from './meanwhile.ts';
import { idOf, type KindName, RULE_KINDS, type RuleObject, withoutTold } from './rule-kinds.ts';
import { document, withStoredSecrets } from './rules-document.ts';
import type { RulesDoor } from './rules-door.ts';
import { approval, fieldChange, reason, shownApproval, shownChanges, shownDocument } from './shown.ts';
import { touchedStreams } from './touched-streams.ts';

const revisionTag = z.int().min(0).describe('The revision; also the ETag');
const checkedStream = z.strictObject({ domain: z.string(), app: z.string(), stream: z.string() });
const fieldError = z.strictObject({ path: z.string(), message: z.string() });

const kindNames = z.enum(RULE_KINDS.map(({ kind }) => kind));
const toCheck = z.union([
  z.strictObject({ rules: z.unknown().describe('A whole document, as PUT /rules takes it') }),
  z.strictObject({
    kind: kindNames,
    object: z.unknown().describe('One object, in the place of the one of the same name'),
  }),
]);

/** The document of the rules as a whole. */
export function rulesOperations(door: RulesDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'getRules', area: 'Rules', method: 'get', path: '/rules', action: 'rules:read' },
      summary: 'The document that the API changes, and that of the rules file',
      description: 'The ETag is the revision. Keys are hidden from whoever may not see them.',
      resource: () => SERVER,
      answer: z.strictObject({ revision: revisionTag, rules: document, file: document }),
      run: ({ caller, tag }) => {
        const { revision } = door.source.current();
        tag(String(revision));
        const [rules, file] = [door.source.apiDocument(), door.source.fileDocument()];
        return { revision, rules: shownDocument(caller, rules), file: shownDocument(caller, file) } as never;
      },
    }),
    operation({
      ...{ name: 'replaceRules', area: 'Rules', method: 'put', path: '/rules', action: 'rules:write' },
      summary: 'Replaces the document that the API changes, whole or not at all',
      description:
        'If-Match is required: the revision that the change was made to. Where it is no longer the newest, 412 says who changed what since. A document that changes nothing makes no revision.',
      resource: () => SERVER,
      query: z.strictObject({ reason }),
      body: document,
      answer: z.strictObject({ revision: revisionTag, rules: document, changes: z.array(fieldChange) }),
      accepted: approval,
      takesIfMatch: 'required',
      run: (call) => replace(door, call) as never,
    }),
    operation({
      ...{ name: 'checkRules', area: 'Rules', method: 'post', path: '/rules/check', action: 'rules:read' },
      summary: 'Says what is wrong with a change, what it changes and which live streams it touches',
      body: toCheck,
      answer: z.strictObject({
        ok: z.boolean(),
        errors: z.array(fieldError),
        changes: z.array(fieldChange),
        touches: z.array(checkedStream).describe('Live streams for which other rules would hold'),
      }),
      run: (call) => {
        if ('rules' in call.body) call.require(SERVER);
        return check(door, call);
      },
    }),
    operation({
      ...{ name: 'getEffectiveRules', area: 'Rules', method: 'get', path: '/rules/effective', action: 'rules:read' },
      summary: 'What holds for one stream, and which rules say so',
      query: z.strictObject({
        domain: z.string().min(1).max(255).default('default'),
        app: z.string().min(1).max(1023),
        stream: z.string().min(1).max(1023),
      }),
      answer: z.strictObject({
        domain: z.string(),
        tags: z.record(z.string(), z.string()),
        settings: streamSettingsSchema,
        rules: z
          .array(z.strictObject({ id: z.string(), origin: z.enum(['api', 'file']) }))
          .describe('The most specific last'),
        callbacks: z.array(z.string()),
        streamKeys: z.array(z.string()),
        templates: z.array(z.string()),
      }),
      run: ({ query, require }) => {
        require({ kind: 'app', domain: query.domain, app: query.app });
        return effective(door, query) as never;
      },
    }),
  ];
}

async function replace(door: RulesDoor, call: Call<unknown, { readonly reason: string }, RulesHalf>) {
  const { ifMatch, body, query, caller } = call;
  if (ifMatch === undefined) {
    const remedy = 'Send If-Match with the ETag that GET /rules gave.';
    throw new OperationError(428, 'PRECONDITION_REQUIRED', 'If-Match is missing', remedy);
  }
  const changed = await changeRules(door, call, {
    reason: query.reason,
    edit: (half, revision) => {
      if (ifMatch !== String(revision)) throw new Stale();
      return withStoredSecrets(body, half);
    },
  }).catch(async (error: unknown) => {
    throw error instanceof Stale ? await changedSince(door, Number(ifMatch)) : error;
  });
  if (changed.state === 'pending') return new Accepted(shownApproval(caller, changed.approval, door.nowMs()));
  call.tag(String(changed.revision));
  const rules = shownDocument(caller, door.source.apiDocument());
  return { revision: changed.revision, rules, changes: shownChanges(caller, changed.changes) };
}

/** The rules are at another revision than the caller saw. */
class Stale extends Error {}

function check(door: RulesDoor, { body, caller, permits }: Call<unknown, unknown, z.output<typeof toCheck>>) {
  const before = door.source.apiDocument();
  const refused = (errors: readonly PlacedError[]) => ({
    ...{ ok: false, changes: [], touches: [] },
    errors: errors.map((error) => ({ path: placeInBody(error), message: error.message })),
  });
  const one = 'rules' in body ? undefined : { kind: body.kind, object: asGiven(body.kind, body.object) };
  const inFile = one && objectOfFile(door.source.fileDocument(), one.kind, one.object);
  if (inFile !== undefined) {
    const message = `${inFile} stands in the rules file, and is changed there`;
    return { ...refused([]), errors: [{ path: 'body.object', message }] };
  }
  let given: unknown = 'rules' in body ? body.rules : one && withObject(before, one.kind, one.object);
  const first = halfSchema.safeParse(given);
  try {
    if (first.success) given = withStoredSecrets(first.data, before);
  } catch (error) {
    if (error instanceof OperationError) return { ...refused([]), errors: [...error.errors] };
    throw error;
  }
  const checked = door.source.check(given);
  if (!checked.ok) return refused(checked.errors);
  const touches = touchedStreams(door.liveStreams(), door.source.current(), checked.compiled);
  return {
    ...{ ok: true, errors: [], changes: shownChanges(caller, changesBetween(before, checked.half)) },
    touches: touches
      .filter(({ domain, app }) => permits({ kind: 'app', domain, app }))
      .map(({ domain, app, name }) => ({ domain, app, stream: name })),
  };
}

const asGiven = (kind: KindName, object: unknown) =>
  typeof object === 'object' && object !== null && !Array.isArray(object) ? withoutTold(kind, object) : object;

function withObject(half: RulesHalf, kind: KindName, object: unknown) {
  const list = (half[kind] ?? []) as readonly RuleObject[];
  const at = indexOf(half, kind, object);
  return { ...half, [kind]: at < 0 ? [...list, object] : list.with(at, object as RuleObject) };
}

/** The id of an object that is in the rules file, where the API cannot put another in its place. */
function objectOfFile(file: RulesHalf, kind: KindName, object: unknown): string | undefined {
  const found = file[kind]?.[indexOf(file, kind, object)];
  return found && idOf(kind, found);
}

/** Where in a document the object is that has the identity of this one; -1 where it is new, or no object at all. */
function indexOf(half: RulesHalf, kind: KindName, object: unknown): number {
  const list = (half[kind] ?? []) as readonly RuleObject[];
  const parsed = halfSchema.safeParse({ [kind]: [object] });
  const [given] = parsed.success ? (parsed.data[kind] ?? []) : [];
  return given === undefined ? -1 : list.findIndex((each) => idOf(kind, each) === idOf(kind, given));
}

function effective(door: RulesDoor, { domain, app, stream }: Readonly<Record<'domain' | 'app' | 'stream', string>>) {
  const compiled = door.source.current();
  const rule = compiled.domain(domain);
  if (rule === undefined) throw notFound('DOMAIN_NOT_FOUND', `no domain is called ${domain}`, 'List the domains.');
  const names = [rule.name, app, stream] as const;
  const settings = compiled.settingsFor(...names);
  return {
    domain: rule.name,
    tags: { ...compiled.tagsFor(...names) },
    settings: hideSecrets(settings),
    rules: compiled.streamRulesFor(...names).map((each) => ({
      id: idOf('streams', each),
      origin: compiled.originOf('streams', identityOf('streams', each)),
    })),
    callbacks: compiled.callbacksFor(...names).map(({ id }) => id),
    streamKeys: compiled.streamKeysFor(...names).map(({ id }) => id),
    templates: compiled.templatesOf(settings.transcode).map(({ name }) => name),
  };
}

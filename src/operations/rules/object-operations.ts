import { z } from 'zod';
import {
  aliasesOf,
  hideSecrets,
  identityOf,
  type ObjectChange,
  type PlacedError,
  type RulesHalf,
  restoreSecrets,
} from '../../rules/index.ts';
import {
  Accepted,
  type Call,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageOf,
  pageQuery,
} from '../base/index.ts';
import { changeRules, type Edit, fieldOf } from './change.ts';
import { objectChangedSince } from './meanwhile.ts';
import { idOf, RULE_KINDS, type RuleKind, type RuleObject, resourceOf, withoutTold } from './rule-kinds.ts';
import type { RulesDoor } from './rules-door.ts';
import { approval, reason, seesSecrets, shownApproval } from './shown.ts';

const origin = z.enum(['api', 'file']).describe('Objects of the rules file are changed in that file only');

const madeId = z.string().max(3100).describe('Made of what it matches; it stands in its path');

const aliasUse = z
  .array(
    z.strictObject({
      ...{ name: z.string(), requests: z.int(), addresses: z.int() },
      lastUsedAt: z.iso.datetime().optional(),
    }),
  )
  .optional()
  .describe('Who still uses the aliases, since the server started; as it was read it changes nothing');

/** What answers have beside the object, and bodies may have so that an answer can be sent back. */
function onlyInAnswers(kind: RuleKind['kind'], as: (field: z.ZodType) => z.ZodType): Record<string, z.ZodType> {
  return {
    origin: as(origin),
    ...(kind === 'domains' ? { aliasUse } : {}),
    ...(kind === 'streams' ? { id: as(madeId) } : {}),
  };
}

const listQuery = pageQuery().extend({
  tag: z.string().max(400).optional().describe('Those that have this tag: `team`, or `team:shop`'),
});

/** Every kind of rule, object by object. */
export function objectOperations(door: RulesDoor): readonly Operation[] {
  return RULE_KINDS.flatMap((kind) => new ObjectOperations(door, kind).all());
}

type Named = Readonly<Record<string, string>>;
type ObjectCall<B = unknown> = Call<Named, { readonly reason: string }, B>;

class ObjectOperations {
  readonly #door: RulesDoor;
  readonly #kind: RuleKind;

  constructor(door: RulesDoor, kind: RuleKind) {
    this.#door = door;
    this.#kind = kind;
  }

  all(): readonly Operation[] {
    const { kind, path, area, one, many, param, read, write, schema } = this.#kind;
    const params = z.strictObject({ [param]: z.string().min(1).max(3100) });
    const at = { area, path: `${path}/{${param}}`, params };
    const shown = schema.safeExtend(onlyInAnswers(kind, (each) => each)).meta({ id: one });
    const given = schema.safeExtend(
      onlyInAnswers(kind, (each) => each.optional().describe('As it was read; it changes nothing')),
    );
    const query = z.strictObject({ reason });
    const words = WORDS[one] ?? one;
    return [
      operation({
        ...{ name: `list${plural(one)}`, area, method: 'get', path, action: read, summary: `All ${words[1]}` },
        query: listQuery,
        answer: z.strictObject({ [many]: z.array(shown), nextCursor }),
        run: (call) => this.#list(call as never) as never,
      }),
      operation({
        ...{ name: `create${one}`, area, method: 'post', path, action: write, summary: `Adds ${words[0]}` },
        ...{ query, body: given, answer: shown, status: 201, accepted: approval },
        run: (call) => this.#create(call as never) as never,
      }),
      operation({
        ...{
          name: `get${one}`,
          method: 'get',
          action: read,
          ...at,
          summary: `Reads ${words[0]}; its ETag is for changes`,
        },
        answer: shown,
        run: (call) => this.#get(call as never) as never,
      }),
      operation({
        ...{ name: `replace${one}`, method: 'put', action: write, ...at, summary: `Replaces ${words[0]}` },
        description: 'With If-Match it is refused (412) where somebody else changed it since it was read.',
        ...{ query, body: given, answer: shown, accepted: approval, takesIfMatch: 'optional' },
        run: (call) => this.#replace(call as never) as never,
      }),
      operation({
        ...{ name: `delete${one}`, method: 'delete', action: write, ...at, summary: `Removes ${words[0]}` },
        ...{ query, accepted: approval, takesIfMatch: 'optional' },
        run: (call) => this.#delete(call as never) as never,
      }),
    ];
  }

  #list(call: Call<unknown, z.output<typeof listQuery>>) {
    const { kind, many, read } = this.#kind;
    // Everybody's renditions are made of templates, so whoever may read some may read all.
    const isForAll = read === 'templates:read';
    const isWanted = (object: RuleObject) =>
      hasTag(object, call.query.tag) && (isForAll || call.permits(resourceOf(kind, object)));
    const all = this.#objects().filter(isWanted);
    const { items, ...rest } = pageOf(all, call.query, (object) => idOf(kind, object));
    return { [many]: items.map((object) => this.#shown(call, object)), ...rest };
  }

  #get(call: Call<Named>) {
    const object = this.#found(call.params);
    if (this.#kind.read !== 'templates:read') call.require(resourceOf(this.#kind.kind, object));
    call.tag(this.#tagOf(object));
    return this.#shown(call, object);
  }

  async #create(call: ObjectCall<RuleObject>) {
    const { kind, one } = this.#kind;
    const object = this.#given(call.body, undefined);
    call.require(resourceOf(kind, object));
    const id = idOf(kind, object);
    const alreadyThere = () => {
      const message = `there is ${WORDS[one]?.[0]} ${id} already`;
      return new OperationError(409, 'ALREADY_THERE', message, 'Change it with PUT, or choose another name.');
    };
    if (this.#find(id) !== undefined) throw alreadyThere();
    return this.#change(call, object, (list) => {
      // Somebody else may have added it in the meantime.
      if (list.some((each) => idOf(kind, each) === id)) throw alreadyThere();
      return [...list, object];
    });
  }

  async #replace(call: ObjectCall<RuleObject>) {
    const object = this.#given(call.body, this.#changeable(call));
    call.require(resourceOf(this.#kind.kind, object));
    return this.#change(call, object, (list, index) => list.with(index, object));
  }

  async #delete(call: ObjectCall) {
    this.#changeable(call);
    return this.#change(call, undefined, (list, index) => list.toSpliced(index, 1));
  }

  /** `edit` is given the list and where in it the object of the path is, or would be added. */
  async #change(
    call: ObjectCall,
    object: RuleObject | undefined,
    edit: (list: readonly RuleObject[], index: number) => readonly RuleObject[],
  ) {
    const { kind, param } = this.#kind;
    const { params, ifMatch, query } = call;
    const isNew = params[param] === undefined;
    let index = 0;
    const change: Edit = {
      reason: query.reason,
      placeOf: (error) => (object === undefined ? placeInRules(error) : this.#placeOf(error, index)),
      edit: (half) => {
        const list = (half[kind] ?? []) as readonly RuleObject[];
        const now = this.#in(list, params);
        if (!isNew && now === undefined) throw notFound('NOT_FOUND', 'it was removed meanwhile', 'List them.');
        if (now !== undefined && ifMatch !== undefined && ![this.#tagOf(now), '*'].includes(ifMatch)) throw new Stale();
        index = now === undefined ? list.length : list.indexOf(now);
        return { ...half, [kind]: edit(list, index) };
      },
    };
    try {
      const changed = await changeRules(this.#door, call, change);
      if (changed.state === 'pending')
        return new Accepted(shownApproval(call.caller, changed.approval, this.#door.nowMs()));
    } catch (error) {
      if (error instanceof Stale) throw await this.#meanwhile(params, ifMatch);
      throw error;
    }
    if (object === undefined) return undefined;
    const now = this.#find(idOf(kind, object)) ?? object;
    call.tag(this.#tagOf(now));
    return this.#shown(call, now);
  }

  #meanwhile(params: Named, ifMatch: string | undefined): Promise<OperationError> {
    const { kind } = this.#kind;
    const now = this.#found(params);
    const identity = identityOf(kind, now as never);
    const isSame = (half: RulesHalf) => {
      const then = this.#in((half[kind] ?? []) as readonly RuleObject[], params);
      return then !== undefined && this.#tagOf(then) === ifMatch;
    };
    const isAbout = (change: ObjectChange) => change.kind === kind && change.identity === identity;
    return objectChangedSince(this.#door, isSame, isAbout);
  }

  /** The object as the API's document has it; refused where it is the rules file's. */
  #changeable(call: Call<Named>): RuleObject {
    const { kind, one, param } = this.#kind;
    const object = this.#found(call.params);
    call.require(resourceOf(kind, object));
    if (this.#originOf(object) === 'api') return object;
    const message = `${WORDS[one]?.[0]} ${call.params[param]} stands in the rules file`;
    throw new OperationError(409, 'FILE_OBJECT', message, 'Change the rules file.');
  }

  /** Without what only answers have, and with the secrets that were hidden from the caller. */
  #given(body: RuleObject, stored: RuleObject | undefined): RuleObject {
    const { value, missing } = restoreSecrets(withoutTold(this.#kind.kind, body) as RuleObject, stored);
    if (missing.length === 0) return value;
    const errors = missing.map((path) => ({
      path: fieldOf(path.join('.')),
      message: 'no secret is stored here that could be kept',
    }));
    throw new OperationError(
      400,
      'INVALID_RULES',
      `${errors[0]?.path}: ${errors[0]?.message}`,
      'Give a secret.',
      errors,
    );
  }

  #placeOf(error: PlacedError, index: number): string {
    const own = `${this.#kind.kind}[${index}]`;
    const isOwn = error.origin === undefined && error.path.startsWith(own);
    return isOwn ? fieldOf(error.path.slice(own.length)) : placeInRules(error);
  }

  #shown(call: Pick<Call, 'caller'>, object: RuleObject) {
    const shown = seesSecrets(call.caller, this.#kind.kind, object) ? object : hideSecrets(object);
    const { aliasUse } = this.#door;
    return {
      ...(this.#kind.kind === 'streams' ? { id: idOf('streams', object) } : {}),
      ...{ ...shown, origin: this.#originOf(object) },
      ...('aliases' in object && object.aliases.length > 0
        ? { aliasUse: aliasesOf(object).map(({ name }) => aliasUse.of(object.name, name)) }
        : {}),
    };
  }

  #originOf(object: RuleObject) {
    const { kind } = this.#kind;
    return this.#door.source.current().originOf(kind, identityOf(kind, object as never));
  }

  #objects(): readonly RuleObject[] {
    return this.#door.source.current().rules[this.#kind.kind];
  }

  #find(id: string): RuleObject | undefined {
    return this.#objects().find((object) => idOf(this.#kind.kind, object) === id);
  }

  #found(params: Named): RuleObject {
    const { one, param } = this.#kind;
    const object = this.#in(this.#objects(), params);
    if (object !== undefined) return object;
    throw notFound('NOT_FOUND', `there is no ${WORDS[one]?.[0].replace(/^an? /, '')} ${params[param]}`, 'List them.');
  }

  #in(list: readonly RuleObject[], params: Named): RuleObject | undefined {
    return list.find((object) => idOf(this.#kind.kind, object) === params[this.#kind.param]);
  }

  #tagOf(object: RuleObject): string {
    return this.#door.fingerprint(JSON.stringify(object));
  }
}

function hasTag({ tags = {} }: RuleObject, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return Object.entries(tags).some(([name, value]) => name === wanted || `${name}:${value}` === wanted);
}

/** The object is no longer as the caller saw it. */
class Stale extends Error {}

const placeInRules = ({ path, origin }: PlacedError) => (origin === 'file' ? `the rules file: ${path}` : path);

const plural = (one: string) => `${one.replace(/([^aeiou])y$/, '$1ie')}s`;

/** One and many, in sentences. */
const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  Domain: ['a domain', 'domains'],
  StreamRule: ['a rule for streams', 'rules for streams'],
  Template: ['a template', 'templates of your own'],
  TemplateGroup: ['a group of templates', 'groups of templates'],
  Watermark: ['a watermark', 'watermarks'],
  StreamKey: ['a stream key', 'stream keys'],
  Callback: ['a callback', 'callbacks'],
  Price: ['a price', 'prices'],
  Budget: ['a budget', 'budgets'],
  Estimate: ['an estimate', 'estimates'],
  Pull: ['a pull', 'streams that are fetched from other servers'],
  Transfer: ['a transfer', 'streams that are pushed on to other servers'],
  AlarmChannel: ['a channel of alarms', 'channels of alarms'],
  AlarmPolicy: ['how a kind of alarm is handled', 'how alarms are handled'],
};

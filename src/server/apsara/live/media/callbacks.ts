import { type Ask, OperationError } from '../../../../operations/index.ts';
import type { CallbackRule } from '../../../../rules/index.ts';
import { editObject, everyPage } from '../../base/index.ts';

/** Callbacks that one of ApsaraVideo's configurations is about: all in one form, and known by the first of their events. */
export type Family = {
  /** What the ids of its endpoints begin with. */
  readonly name: string;
  readonly form: CallbackRule['form'];
  readonly events: readonly [CallbackEvent, ...CallbackEvent[]];
};

export type CallbackEvent = NonNullable<CallbackRule['events']>[number];

export const STREAMS: Family = { name: 'streams', form: 'apsara', events: ['publish', 'publish_done'] };
export const RECORDINGS: Family = {
  name: 'recordings',
  form: 'apsara',
  events: ['record_file', 'record_started', 'record_paused', 'record_resumed'],
};
export const SNAPSHOTS: Family = { name: 'snapshots', form: 'apsara', events: ['snapshot'] };
/** Those of single snapshot configurations; where one is for all apps, its id tells it from the domain's own. */
export const APP_SNAPSHOTS: Family = { name: 'app-snapshots', form: 'apsara', events: ['snapshot'] };
/** ApsaraVideo does not write down what it sends there. */
export const EXCEPTIONS: Family = {
  name: 'exceptions',
  form: 'json',
  events: ['finding_raised', 'finding_cleared', 'stream_interrupted', 'stream_resumed'],
};

export function isOfApp(id: string): boolean {
  return id.startsWith(`${APP_SNAPSHOTS.name}-`);
}

/** Whose callbacks: those of a domain, or of one app. */
export type Whose = { readonly domain: string; readonly app?: string };

/** What an endpoint is told, where, and by which key it is signed. */
export type Endpoint = Pick<CallbackRule, 'url'> & {
  readonly key?: string | undefined;
  readonly events?: readonly CallbackEvent[];
};

/** The endpoint of exactly these streams; `isMeant` where there is more than one of a family. */
export async function callbackOf(
  ask: Ask,
  family: Family,
  { domain, app = '*' }: Whose,
  isMeant: (id: string) => boolean = () => true,
): Promise<CallbackRule | undefined> {
  const all = await everyPage<CallbackRule>(ask, 'listCallbacks', 'callbacks');
  return all.find(
    ({ id, match, form, ...each }) =>
      match.domain.toLowerCase() === domain &&
      match.app === app &&
      match.stream === '*' &&
      form === family.form &&
      eventsOf({ form, ...each }).includes(family.events[0]) &&
      isMeant(id),
  );
}

function eventsOf({ form, events }: Pick<CallbackRule, 'form' | 'events'>): readonly CallbackEvent[] {
  return events ?? (form === 'apsara' ? STREAMS.events : EXCEPTIONS.events);
}

/** Puts an endpoint in the place of `before`; of one that hears of other things, too, it takes the family's. */
export async function putCallback(
  ask: Ask,
  family: Family,
  { domain, app = '*' }: Whose,
  before: CallbackRule | undefined,
  { url, key, events = family.events }: Endpoint,
  reason: string,
): Promise<void> {
  const said = { url, form: family.form, events: [...events], ...(key === undefined ? {} : { key }) };
  if (before && isOnly(family, before)) {
    await editObject<CallbackRule>(ask, { kind: 'Callback', id: before.id, reason }, (now) => {
      const { key: _, ...rest } = now ?? { ...before };
      return { ...rest, ...said };
    });
    return;
  }
  if (before) await dropCallback(ask, family, before, reason);
  await create(ask, { match: { domain, app, stream: '*' }, ...said }, idFor(family, { domain, app }), reason);
}

/** Ends an endpoint; one that hears of other things, too, no longer hears of the family's. */
export function dropCallback(ask: Ask, family: Family, before: CallbackRule, reason: string): Promise<void> {
  return editObject<CallbackRule>(ask, { kind: 'Callback', id: before.id, reason }, (now) => {
    if (now === undefined || isOnly(family, now)) return undefined;
    return { ...now, events: eventsOf(now).filter((each) => !family.events.includes(each)) };
  });
}

function isOnly(family: Family, callback: CallbackRule): boolean {
  return eventsOf(callback).every((each) => family.events.includes(each));
}

const IDS = 10;

/** Under the first id that nobody has. */
async function create(ask: Ask, said: object, id: string, reason: string): Promise<void> {
  for (let number = 1; ; number++) {
    try {
      const body = { ...said, id: number === 1 ? id : `${id}-${number}` };
      await ask('createCallback', { query: { reason }, body });
      return;
    } catch (error) {
      const isTaken = error instanceof OperationError && error.code === 'ALREADY_THERE';
      if (!isTaken || number === IDS) throw error;
    }
  }
}

function idFor({ name }: Family, { domain, app }: Required<Whose>): string {
  const whose = app === '*' ? domain : `${domain}_${app}`;
  return `${name}-${whose.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 50)}`;
}

import { AnswerError, type Fields, fields, list, oneOf, optional, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export const TRIGGER_KINDS = ['folder', 'prefix', 'event'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** What has set off a trigger, and the run that it began or why it began none. */
export type Firing = {
  readonly object: string;
  readonly at?: string;
  readonly run?: string;
  readonly ignored?: string;
};

export type Trigger = {
  readonly id: string;
  readonly workflow: string;
  readonly alias?: string;
  readonly isEnabled: boolean;
  readonly kind: TriggerKind;
  readonly settings: Fields;
  readonly lastFiring?: Firing;
  readonly trouble?: string;
};

export type TriggerWithFirings = { readonly trigger: Trigger; readonly firings: readonly Firing[] };

export function readTriggers(answer: unknown): ListPage<Trigger> {
  const { triggers, nextCursor } = fields(answer);
  if (!Array.isArray(triggers)) throw new AnswerError('the answer holds no list of triggers');
  return { rows: triggers.map(readTrigger), cursor: text(nextCursor) };
}

export function readTrigger(answer: unknown): Trigger {
  const { id, workflow, alias, isEnabled, settings, lastFiring, trouble } = fields(answer);
  const [named, kind] = [text(id), oneOf(fields(settings).kind, TRIGGER_KINDS)];
  if (named === undefined || kind === undefined) throw new AnswerError('the answer holds no trigger');
  return {
    ...{ id: named, workflow: text(workflow) ?? '', isEnabled: isEnabled === true, kind, settings: fields(settings) },
    ...optional('alias', text(alias)),
    ...(lastFiring === undefined ? {} : { lastFiring: readFiring(lastFiring) }),
    ...optional('trouble', text(trouble)),
  };
}

export function readTriggerWithFirings(answer: unknown): TriggerWithFirings {
  const { trigger, firings } = fields(answer);
  return { trigger: readTrigger(trigger), firings: list(firings).map(readFiring) };
}

/** Where it looks, such as `recordings: in/*.mov`. */
export function placeOf({ kind, settings }: Pick<Trigger, 'kind' | 'settings'>): string {
  const { folder, storage, prefix, suffix } = settings;
  const where = kind === 'folder' ? `${text(folder) ?? ''}/` : `${text(storage) ?? ''}: `;
  return `${where}${text(prefix) ?? ''}*${text(suffix) ?? ''}`;
}

function readFiring(answer: unknown): Firing {
  const { object, at, run, ignored } = fields(answer);
  return {
    object: text(object) ?? '',
    ...optional('at', text(at)),
    ...optional('run', text(run)),
    ...optional('ignored', text(ignored)),
  };
}

import { createHash, randomUUID } from 'node:crypto';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Json, JsonObject, NewStep, StepRun } from '../../jobs/index.ts';
import { JobError } from '../../jobs/index.ts';
import type { Storages } from '../../storage/index.ts';
import type { StoredTrigger, TriggerTables } from '../../store/index.ts';
import { DeadReference, definitionOf, fillLast, stepsOfRun, WorkflowError } from '../definition/index.ts';
import { type Area, areaOf, areaText, isWithin, overlaps, placed } from './areas.ts';
import { eventScope, type ObjectEvent } from './object-event.ts';
import type { OssEvents } from './oss-event.ts';
import { type TriggerSettings, triggerSettings } from './trigger-settings.ts';

/** A trigger with what it is set off by. */
export type Trigger = Omit<StoredTrigger, 'settings'> & { readonly settings: TriggerSettings };

export type NewTrigger = Pick<Trigger, 'workflow' | 'settings' | 'isEnabled' | 'author'> & {
  readonly id?: string | undefined;
  readonly alias?: string | undefined;
  /** Throws where its author may not let this be done; `*` stands for what only an event can say. */
  readonly permit?: (work: TriggeredWork) => void;
};

/** The work that a trigger begins, for rights. */
export type TriggeredWork = { readonly pipeline: string; readonly steps: readonly Pick<NewStep, 'input'>[] };

/** What triggers need of workflows. */
export interface TriggeredWorkflows {
  version(workflow: string): Promise<{ readonly version: number; readonly definition: unknown }>;
  start(
    workflow: string,
    run: {
      readonly id: string;
      readonly input: JsonObject;
      readonly trigger: string;
      readonly alias: string | undefined;
      readonly submitter: string;
      readonly permit: (work: TriggeredWork) => void;
    },
  ): Promise<{ readonly id: string }>;
}

export type TriggersOptions = {
  readonly tables: TriggerTables;
  readonly workflows: TriggeredWorkflows;
  readonly storages: Storages;
  /** Folders that may be watched. */
  readonly roots: readonly string[];
  /** Why this user may not have this done now; undefined where that is allowed. */
  readonly denial: (author: string, work: TriggeredWork) => string | undefined;
};

/** What became of one event. */
export type Fired = { readonly object: string; readonly run?: string; readonly ignored?: string };

/** Stands for what is only known when something happens, in a trigger's check as in a pattern of rights. */
const SAMPLE = '*';
const DEFAULT_PIPELINE = 'default';

/** What sets off workflows, and that nothing does so twice, or for ever. */
export class Triggers {
  readonly #options: TriggersOptions;
  /** Why this node cannot watch, by trigger. */
  readonly #troubles = new Map<string, string>();

  constructor(options: TriggersOptions) {
    this.#options = options;
  }

  /** Why what a trigger watches cannot be looked at from here; undefined where it can. */
  troubleOf(id: string): string | undefined {
    return this.#troubles.get(id);
  }

  /** Whoever watches says so; without a reason it is over. */
  noteTrouble(id: string, reason: string | undefined): void {
    if (reason === undefined) this.#troubles.delete(id);
    else this.#troubles.set(id, reason);
  }

  async list(): Promise<Trigger[]> {
    return (await this.#options.tables.list()).map(triggerOf);
  }

  async find(id: string): Promise<Trigger> {
    const found = await this.#options.tables.find(id);
    if (found) return triggerOf(found);
    throw new WorkflowError('TRIGGER_NOT_FOUND', `there is no trigger ${id}`, 'List the triggers.');
  }

  /** Refuses what overlaps with another trigger, and what would set off itself. */
  async put({ id = randomUUID(), alias, permit, ...trigger }: NewTrigger): Promise<Trigger> {
    this.#checkPlace(trigger.settings);
    const work = await this.#sampleOf(trigger);
    permit?.(work);
    const area = areaOf(trigger.settings, this.#options.storages);
    for (const other of await this.list()) {
      if (other.id === id || !overlaps(area, areaOf(other.settings, this.#options.storages))) continue;
      const problem = `the trigger ${other.id} of ${other.workflow} watches ${areaText(other.settings)} there already`;
      const remedy = 'Choose a prefix and a suffix that no name has in common with the other.';
      throw new WorkflowError('TRIGGER_OVERLAPS', problem, remedy);
    }
    this.#checkLoop(trigger, work, area);
    return triggerOf(await this.#options.tables.put({ ...trigger, id, ...(alias ? { alias } : {}) }));
  }

  async remove(id: string): Promise<void> {
    if (!(await this.#options.tables.remove(id))) await this.find(id);
  }

  firings(id: string, limit: number) {
    return this.#options.tables.firings(id, limit);
  }

  /** Starts a run for what happened, once. What the workflow refuses is written down, not tried again. */
  async fire(trigger: Trigger, event: ObjectEvent): Promise<Fired> {
    const { tables, workflows } = this.#options;
    const { object, content } = event;
    if (await tables.isFired(trigger.id, object, content)) return { object, ignored: 'it has set off a run already' };
    try {
      const scope = { event: eventScope(event) };
      const run = await workflows.start(trigger.workflow, {
        id: uuidOf([trigger.id, object, content]),
        input: fillLast(trigger.settings.input as JsonObject, scope),
        trigger: trigger.id,
        alias: trigger.alias,
        submitter: `trigger/${trigger.id}`,
        permit: (work) => this.#permit(trigger, work),
      });
      await tables.noteFiring(trigger.id, { object, content, run: run.id });
      return { object, run: run.id };
    } catch (error) {
      const isOurs = error instanceof WorkflowError || error instanceof DeadReference || error instanceof JobError;
      if (!isOurs) throw error;
      await tables.noteFiring(trigger.id, { object, content, refusal: error.message });
      return { object, ignored: error.message };
    }
  }

  /** Takes events in the form of Object Storage Service. */
  async take(id: string, { events }: OssEvents): Promise<Fired[]> {
    const trigger = await this.find(id);
    const { settings } = trigger;
    if (settings.kind !== 'event') {
      throw new WorkflowError('TRIGGER_EVENT', `the trigger ${id} takes no events`, 'Make one of the kind event.');
    }
    const storage = this.#options.storages.get(settings.storage);
    const fired: Fired[] = [];
    for (const { eventName, oss } of events) {
      const { key } = oss.object;
      const ignored = ignoredBecause(trigger, settings, eventName, oss.bucket.name, key);
      if (ignored) {
        fired.push({ object: key, ignored });
        continue;
      }
      // Some senders write the key as in a URL.
      const object = (await storage.head(key)) ? key : decoded(key);
      const found = await storage.head(object);
      if (!found) {
        fired.push({ object: key, ignored: `the storage ${settings.storage} has no such object` });
        continue;
      }
      const content = oss.object.eTag ?? `${found.sizeBytes}-${found.modifiedAtMs}`;
      const source = { storage: settings.storage, object };
      fired.push(await this.fire(trigger, { object, source, content, sizeBytes: found.sizeBytes, name: eventName }));
    }
    return fired;
  }

  /** Throws where an output would set off the workflow that it is made by, or the trigger that its run began with. */
  async guard({ job }: StepRun, target: { readonly storage: string; readonly object: string }): Promise<void> {
    const { workflow, trigger: started } = job.data ?? {};
    if (workflow === undefined) return;
    const place = placed(target.storage, target.object, this.#options.storages);
    for (const trigger of await this.list()) {
      const isOwn = trigger.workflow === workflow || trigger.id === started;
      if (!isOwn || !trigger.isEnabled || !isWithin(place, areaOf(trigger.settings, this.#options.storages))) continue;
      const problem = `${target.object} would set off the trigger ${trigger.id} of ${trigger.workflow} again`;
      throw new JobError('WORKFLOW_LOOP', problem, loopRemedy(trigger.settings));
    }
  }

  #checkPlace(settings: TriggerSettings): void {
    const { storages, roots } = this.#options;
    if (settings.kind !== 'folder') {
      if (storages.names.includes(settings.storage)) return;
      const remedy = `Name one of ${storages.names.join(', ')}.`;
      throw new WorkflowError('TRIGGER_INVALID', `there is no storage ${settings.storage}`, remedy);
    }
    const isBelow = roots.some((root) => {
      const way = relative(resolve(root), resolve(settings.folder));
      return !way.startsWith('..') && !isAbsolute(way);
    });
    if (isAbsolute(settings.folder) && isBelow) return;
    const problem = `${settings.folder} is not below one of media.roots`;
    throw new WorkflowError('TRIGGER_INVALID', problem, 'Let the operator add it to media.roots, or watch another.');
  }

  /** Throws where its author may not, or no longer, do what it would do now: it has the rights of its author. */
  #permit({ author, settings }: Trigger, work: TriggeredWork): void {
    const why = this.#options.denial(author, withWatched(settings, work));
    if (why === undefined) return;
    const remedy = 'Let somebody who may do this change the trigger, so that it has their rights.';
    throw new WorkflowError('TRIGGER_DENIED', `the trigger of ${author} may not do it: ${why}`, remedy);
  }

  /** What the workflow would do for some event. */
  async #sampleOf(trigger: Pick<NewTrigger, 'workflow' | 'settings'>): Promise<TriggeredWork> {
    const { settings } = trigger;
    const { version, definition: kept } = await this.#options.workflows.version(trigger.workflow);
    const object = `${settings.prefix}${SAMPLE}${settings.suffix}`;
    const source = settings.kind === 'folder' ? { file: object } : { storage: settings.storage, object };
    const event = { object, source, content: '', sizeBytes: 0, name: '' };
    try {
      const definition = definitionOf(kept);
      const input = fillLast(settings.input as JsonObject, { event: eventScope(event) });
      const steps = stepsOfRun(definition, input, { id: SAMPLE, workflow: trigger.workflow, version });
      return withWatched(settings, { pipeline: definition.pipeline ?? DEFAULT_PIPELINE, steps });
    } catch (error) {
      if (!(error instanceof DeadReference)) throw error;
      const remedy =
        'Refer to event.source, event.object, event.stem, event.folder, event.fileName or event.extension.';
      throw new WorkflowError('TRIGGER_INVALID', error.message, remedy);
    }
  }

  /** Looks at what the workflow would make of a sample. What only a run can know, `guard` refuses. */
  #checkLoop({ workflow, settings }: Pick<NewTrigger, 'workflow' | 'settings'>, { steps }: TriggeredWork, area: Area) {
    for (const target of steps.flatMap(({ input }) => targetsIn(input))) {
      if (!isWithin(placed(target.storage, target.object, this.#options.storages), area)) continue;
      const problem = `the output ${target.object} of ${workflow} would set off the trigger again, for ever`;
      throw new WorkflowError('TRIGGER_LOOPS', problem, loopRemedy(settings));
    }
  }
}

/** To watch is to read names, sizes and times: whoever may not use those objects may not watch them. */
function withWatched(settings: TriggerSettings, { pipeline, steps }: TriggeredWork): TriggeredWork {
  if (settings.kind === 'folder') return { pipeline, steps };
  const object = `${settings.prefix}*${settings.suffix}`;
  return { pipeline, steps: [...steps, { input: { storage: settings.storage, object } }] };
}

/** Outputs that a step's input names, for the sample. */
function targetsIn(value: Json, formats: readonly string[] = []): { storage: string; object: string }[] {
  if (Array.isArray(value)) return value.flatMap((each: Json) => targetsIn(each, formats));
  if (typeof value !== 'object' || value === null) return [];
  const { output, formats: own, ...rest } = value as JsonObject;
  const known = Array.isArray(own) ? own.flatMap(formatName) : formats;
  const { storage, object, prefix } = (typeof output === 'object' && output !== null ? output : {}) as JsonObject;
  const named =
    typeof object === 'string'
      ? [object]
      : typeof prefix === 'string'
        ? known.map((f) => `${prefix}${SAMPLE}.${f}`)
        : [];
  const here = typeof storage === 'string' ? named.map((name) => ({ storage, object: name })) : [];
  return [...here, ...Object.values(rest).flatMap((each) => targetsIn(each, known))];
}

function formatName(format: Json): string[] {
  if (typeof format === 'string') return [format];
  const named = (format as JsonObject | null)?.format;
  return typeof named === 'string' ? [named] : [];
}

function ignoredBecause(
  { isEnabled }: Trigger,
  settings: Extract<TriggerSettings, { kind: 'event' }>,
  eventName: string,
  bucket: string,
  key: string,
): string | undefined {
  if (!isEnabled) return 'the trigger is switched off';
  if (!settings.events.some((each) => each === eventName)) return `the trigger does not take ${eventName}`;
  if (bucket !== settings.bucket) return `the trigger is for the bucket ${settings.bucket}`;
  const isNamed = key.startsWith(settings.prefix) && key.endsWith(settings.suffix);
  return isNamed ? undefined : `the trigger is for ${areaText(settings)}`;
}

function loopRemedy({ prefix, suffix }: TriggerSettings): string {
  return `Write outputs where names do not begin with "${prefix}" and end with "${suffix}", as below another prefix.`;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function triggerOf(stored: StoredTrigger): Trigger {
  return { ...stored, settings: triggerSettings.parse(stored.settings) };
}

/** A UUID (version 8 of RFC 9562) that follows from texts. */
function uuidOf(texts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

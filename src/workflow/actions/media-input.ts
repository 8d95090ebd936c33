import { posix } from 'node:path';
import { z } from 'zod';
import { JobError } from '../../jobs/index.ts';
import {
  collisionSchema,
  editSchema,
  type MediaPlace,
  parseTemplate,
  placeSchema,
  presetTemplate,
  type TranscodeTask,
  type TranscodeTemplate,
} from '../../media/index.ts';

/** An output: the name of a format, or more of it. */
const formatSchema = z.union([
  z.string().min(1).max(20),
  editSchema.extend({
    /** In the object's name, where one format is made twice. */
    name: z
      .string()
      .regex(/^[\w-]{1,40}$/)
      .optional(),
    format: z.string().min(1).max(20).optional(),
    /** The id of a template, or a template in the form of ApsaraVideo Media Processing. */
    template: z.union([z.string(), z.record(z.string(), z.json())]).optional(),
    object: z.string().min(1).optional(),
  }),
]);

/** What is to be made of a source. */
export const outputsSchema = z.strictObject({
  source: placeSchema,
  formats: z.array(formatSchema).min(1).max(30),
  /** Objects are called so, then as the source, with the format's extension. */
  output: z.strictObject({ storage: z.string().min(1), prefix: z.string().default('') }),
  collision: collisionSchema.default('refuse'),
});

/** Templates of the operator, by id. */
export type FindTemplate = (id: string) => Promise<TranscodeTemplate | undefined>;

/** Each output as a task. */
export async function tasksOf(
  { source, formats, output, collision }: z.output<typeof outputsSchema>,
  findTemplate: FindTemplate,
): Promise<TranscodeTask[]> {
  const stem = stemOf(source);
  const tasks: TranscodeTask[] = [];
  for (const each of formats) {
    const { task, name, object } = await taskOf(source, each, findTemplate);
    const usual = `${stem}${name === undefined ? '' : `-${name}`}.${task.template.container}`;
    const target = { storage: output.storage, object: `${output.prefix}${object ?? usual}` };
    tasks.push({ ...task, onCollision: collision, output: target });
  }
  const names = tasks.map((task) => task.output.object);
  const twice = names.find((object, index) => names.indexOf(object) < index);
  if (twice === undefined) return tasks;
  throw new JobError('STEP_INPUT_INVALID', `two outputs would be ${twice}`, 'Give one of them a name of its own.');
}

/** One of `formats` as a task that does not go anywhere yet. */
export async function taskOf(
  source: MediaPlace,
  given: z.output<typeof formatSchema>,
  findTemplate: FindTemplate,
): Promise<{ readonly task: Omit<TranscodeTask, 'output'>; readonly name?: string; readonly object?: string }> {
  const asked: Exclude<typeof given, string> = typeof given === 'string' ? { format: given } : given;
  const { name, format, template: wanted, object, ...edit } = asked;
  const template = await templateFor(wanted, format, findTemplate);
  return {
    task: { ...edit, input: source, template },
    ...(name === undefined ? {} : { name }),
    ...(object === undefined ? {} : { object }),
  };
}

async function templateFor(
  wanted: string | Readonly<Record<string, unknown>> | undefined,
  format: string | undefined,
  findTemplate: FindTemplate,
): Promise<TranscodeTemplate> {
  if (typeof wanted === 'string') {
    const found = presetTemplate(wanted) ?? (await findTemplate(wanted));
    if (found) return found;
    throw new JobError('TEMPLATE_UNKNOWN', `there is no template ${wanted}`, 'List the templates, or name a format.');
  }
  const container = format === undefined ? {} : { Container: { Format: format } };
  return parseTemplate({ ...wanted, ...container });
}

/** The name of the source's file without its extension. */
export function stemOf(place: MediaPlace): string {
  const path = 'object' in place ? place.object : 'file' in place ? place.file : new URL(place.url).pathname;
  const base = posix.basename(decodeURI(path));
  return base.slice(0, base.length - posix.extname(base).length) || 'media';
}

import { posix } from 'node:path';
import { z } from 'zod';
import { JobError } from '../../jobs/index.ts';
import {
  type MediaPlace,
  parseTemplate,
  presetTemplate,
  type TranscodeTask,
  type TranscodeTemplate,
} from '../../media/index.ts';

/** Media as steps are told of it. */
export const placeSchema = z.union(
  [
    z.strictObject({ storage: z.string().min(1), object: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ url: z.string().min(1) }),
  ],
  { error: 'must be {storage, object}, {file} or {url}' },
);

/** An object of a storage, where something goes. */
export const targetSchema = z.strictObject({ storage: z.string().min(1), object: z.string().min(1) });

export const collisionSchema = z.enum(['refuse', 'overwrite', 'version']).default('refuse');

/** An output: the name of a format, or more of it. */
const formatSchema = z.union([
  z.string().min(1).max(20),
  z.strictObject({
    /** In the object's name, where one format is made twice. */
    name: z
      .string()
      .regex(/^[\w-]{1,40}$/)
      .optional(),
    format: z.string().min(1).max(20).optional(),
    /** The id of a template, or a template in the form of ApsaraVideo Media Processing. */
    template: z.union([z.string(), z.record(z.string(), z.json())]).optional(),
    object: z.string().min(1).optional(),
    watermarks: z.array(z.json()).max(20).optional(),
  }),
]);

/** What is to be made of a source. */
export const outputsSchema = z.strictObject({
  source: placeSchema,
  formats: z.array(formatSchema).min(1).max(30),
  /** Objects are called so, then as the source, with the format's extension. */
  output: z.strictObject({ storage: z.string().min(1), prefix: z.string().default('') }),
  collision: collisionSchema,
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
    const { name, format, template: wanted, object, watermarks } = typeof each === 'string' ? { format: each } : each;
    const template = await templateFor(wanted, format, findTemplate);
    const usual = `${output.prefix}${stem}${name === undefined ? '' : `-${name}`}.${template.container}`;
    tasks.push({
      ...{ input: source, template, onCollision: collision },
      output: { storage: output.storage, object: object === undefined ? usual : `${output.prefix}${object}` },
      ...(watermarks === undefined
        ? {}
        : { watermarks: watermarks as unknown as NonNullable<TranscodeTask['watermarks']> }),
    });
  }
  const names = tasks.map((task) => task.output.object);
  const twice = names.find((object, index) => names.indexOf(object) < index);
  if (twice === undefined) return tasks;
  throw new JobError('STEP_INPUT_INVALID', `two outputs would be ${twice}`, 'Give one of them a name of its own.');
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

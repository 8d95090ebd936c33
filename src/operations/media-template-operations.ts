import { z } from 'zod';
import { type Resource, SERVER } from '../identity/index.ts';
import { PRESETS } from '../media/index.ts';
import { filesNamedIn, type TemplateShelf } from '../mps/index.ts';
import type { MediaTemplateKind, StoredMediaTemplate } from '../store/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import { isoOf, sortableMs, time } from './schemas.ts';

export type MediaTemplateDoor = {
  readonly templates: TemplateShelf;
  readonly isStorage: (name: string) => boolean;
};

const KINDS = ['transcode', 'watermark', 'group', 'asset-watermark', 'asset-pictures'] as const;
const kinds = z.strictObject({
  kind: z
    .enum(KINDS)
    .describe(
      'How files are encoded (MPS), where watermarks go (MPS), a group of outputs (VOD), a watermark with its image or text (VOD), which pictures are taken (VOD)',
    ),
});
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must have 1 to 64 letters, digits, - or _' });
const names = kinds.extend({ id });
const name = z.string().min(1).max(200);
const body = z
  .record(z.string(), z.unknown())
  .describe(
    'In the form of ApsaraVideo: Container, Video ...; Width, Dx ...; TranscodeTemplateList; FileUrl ...; TemplateConfig',
  );

const template = z
  .strictObject({
    ...{ kind: z.enum(KINDS), id: z.string(), name, body },
    isPreset: z.boolean(),
    isDefault: z.boolean(),
    isLocked: z.boolean(),
    createdAt: time.exactOptional(),
    modifiedAt: time.exactOptional(),
  })
  .meta({ id: 'MediaTemplate' });

/** Templates of media processing: list, look at, make, change, delete. Presets are listed, and stay as they are. */
export function mediaTemplateOperations({ templates, isStorage }: MediaTemplateDoor): readonly Operation[] {
  const all = { area: 'Media', path: '/media/templates/{kind}', resource: () => SERVER } as const;
  const one = { ...all, path: '/media/templates/{kind}/{id}' } as const;
  const read = { action: 'templates:read' } as const;
  const write = { action: 'templates:write' } as const;
  /** What a template draws, everybody sees who sees what is made with it. */
  const requireFiles = (kind: MediaTemplateKind, named: unknown, require: (resource: Resource) => void) => {
    for (const place of filesNamedIn(kind, named, isStorage)) {
      if ('storage' in place) require({ kind: 'storage', ...place });
    }
  };
  return [
    operation({
      ...{ ...all, ...read, name: 'listMediaTemplates', method: 'get', params: kinds },
      summary: 'Templates of media processing, the newest first, and the presets',
      query: pageQuery(),
      answer: z.strictObject({ templates: z.array(template), nextCursor }),
      run: async ({ params: { kind }, query }) => {
        const presets = kind === 'transcode' ? [...PRESETS.values()].map(shownPreset) : [];
        const own = (await templates.list(kind)).map(shown);
        const keyOf = ({ createdAt, id: key }: z.input<typeof template>) =>
          `${sortableMs(createdAt === undefined ? 0 : Date.parse(createdAt))} ${key}`;
        const { items, ...rest } = pageOf([...own, ...presets], query, keyOf, 'descending');
        return { templates: items, ...rest };
      },
    }),
    operation({
      ...{ ...all, ...write, name: 'createMediaTemplate', method: 'post', params: kinds, status: 201 },
      summary: 'Makes a template; what FFmpeg cannot do is refused by the name of its field',
      body: z.strictObject({ id: id.optional(), name, body }),
      answer: template,
      run: async ({ params: { kind }, body: asked, require, done }) => {
        requireFiles(kind, asked.body, require);
        const added = (await templates.add({ kind, ...asked })) ?? taken();
        done(SERVER, { kind, template: added.id });
        return shown(added);
      },
    }),
    operation({
      ...{ ...one, ...read, name: 'getMediaTemplate', method: 'get', params: names },
      summary: 'One template',
      answer: template,
      run: async ({ params }) => {
        const preset = params.kind === 'transcode' ? PRESETS.get(params.id) : undefined;
        return preset
          ? shownPreset(preset)
          : shown((await templates.find(params.kind, params.id)) ?? unknownTemplate());
      },
    }),
    operation({
      ...{ ...one, ...write, name: 'updateMediaTemplate', method: 'patch', params: names },
      summary: 'Changes a template; the one that is made the default takes the place of the one before',
      body: z.strictObject({
        ...{ name: name.optional(), body: body.optional() },
        ...{ isDefault: z.boolean().optional(), isLocked: z.boolean().optional() },
      }),
      answer: template,
      run: async ({ params, body: changes, require, done }) => {
        refusePreset(params);
        if (changes.body !== undefined) requireFiles(params.kind, changes.body, require);
        const found = (await templates.find(params.kind, params.id)) ?? unknownTemplate();
        if (found.isLocked && changes.isLocked !== false) locked();
        const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
        const changed = (await templates.change(params.kind, params.id, given)) ?? unknownTemplate();
        done(SERVER, { ...params, changed: Object.keys(given).join(', ') });
        return shown(changed);
      },
    }),
    operation({
      ...{ ...one, ...write, name: 'deleteMediaTemplate', method: 'delete', params: names },
      summary: 'Deletes a template; jobs that were made with it are not changed',
      run: async ({ params, done }) => {
        refusePreset(params);
        if ((await templates.find(params.kind, params.id))?.isLocked) locked();
        if (!(await templates.remove(params.kind, params.id))) unknownTemplate();
        done(SERVER, params);
      },
    }),
  ];
}

function shown({ createdAt, modifiedAt, ...rest }: StoredMediaTemplate): z.input<typeof template> {
  return {
    ...{ ...rest, isPreset: false },
    ...{ createdAt: isoOf(createdAt.getTime()), modifiedAt: isoOf(modifiedAt.getTime()) },
  };
}

function shownPreset(preset: {
  readonly id: string;
  readonly name: string;
  readonly json: object;
}): z.input<typeof template> {
  const { id: key, name: called, json } = preset;
  const kind = 'transcode' as const;
  return { kind, id: key, name: called, body: { ...json }, isPreset: true, isDefault: false, isLocked: true };
}

function refusePreset({ kind, id: key }: z.output<typeof names>): void {
  if (kind !== 'transcode' || !PRESETS.has(key)) return;
  throw new OperationError(409, 'TEMPLATE_PRESET', `${key} is a preset, which stays as it is`, 'Make one of your own.');
}

function locked(): never {
  throw new OperationError(409, 'TEMPLATE_LOCKED', 'the template is locked', 'Unlock it first, with isLocked false.');
}

function taken(): never {
  throw new OperationError(
    409,
    'ALREADY_THERE',
    'there is a template with this id already',
    'Change it, or name another.',
  );
}

function unknownTemplate(): never {
  throw notFound('TEMPLATE_UNKNOWN', 'there is no such template', 'List the templates of media processing.');
}

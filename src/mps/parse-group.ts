import { Fields, parseTemplate, refused, type TranscodeTemplate } from '../media/index.ts';

/** One output that a group of VOD makes of whatever is uploaded. */
export type GroupMember = {
  readonly id?: string;
  readonly name?: string;
  /** `LD`, `SD`, `HD`, `FHD`, `2K`, `4K`, `OD`, `SQ`, `HQ` or `AUTO`. */
  readonly definition: string;
  /** A stored template, or a preset; else it is written here. */
  readonly templateId?: string;
  readonly template?: TranscodeTemplate;
  readonly isEncrypted: boolean;
  /** Renditions of one group with the same package are listed together. */
  readonly package?: 'hls' | 'dash';
  readonly watermarkIds: readonly string[];
  readonly clip?: { readonly seekSeconds?: number; readonly durationSeconds?: number };
  readonly rotate?: number;
};

const DEFINITIONS = ['FD', 'LD', 'SD', 'HD', 'FHD', '2K', '4K', 'OD', 'SQ', 'HQ', 'AUTO'];
const MOST_MEMBERS = 30;
const PARTS = ['Container', 'Video', 'Audio', 'MuxConfig', 'TransConfig'] as const;

/** Reads the `TranscodeTemplateList` of a template group of VOD; throws TEMPLATE_INVALID, which names the field. */
export function parseTemplateGroup(json: unknown): readonly GroupMember[] {
  const fields = new Fields('', json);
  const members = fields.list('TranscodeTemplateList', MOST_MEMBERS).map(memberOf);
  fields.end();
  if (members.length > 0) return members;
  throw refused('TranscodeTemplateList', 'is empty', 'Name at least one template.');
}

function memberOf(fields: Fields): GroupMember {
  const definition = fields.choice('Definition', Object.fromEntries(DEFINITIONS.map((name) => [name, name])));
  if (definition === undefined)
    throw refused(fields.name('Definition'), 'is missing', `Use one of ${DEFINITIONS.join(', ')}.`);
  const written = Object.fromEntries(PARTS.flatMap((part) => (fields.has(part) ? [[part, fields.raw(part)]] : [])));
  for (const part of PARTS) fields.raw(part);
  const [id, name, templateId] = [
    fields.text('TranscodeTemplateId'),
    fields.text('TemplateName'),
    fields.text('TemplateId'),
  ];
  if (written.Container === undefined && templateId === undefined) {
    throw refused(fields.name('Container'), 'is missing', 'Write the template, or name one in TemplateId.');
  }
  const encrypt = fields.part('EncryptSetting');
  const isEncrypted = encrypt?.choice('EncryptType', { HLSEncryption: true, Private: true }) ?? false;
  encrypt?.end();
  const setting = fields.part('PackageSetting');
  const kind = setting?.choice('PackageType', { HLSPackage: 'hls', DASHPackage: 'dash' } as const);
  setting?.end();
  const clip = fields.part('Clip')?.part('TimeSpan');
  const [seekSeconds, durationSeconds] = [clip?.number('Seek', SECONDS), clip?.number('Duration', SECONDS)];
  const rotate = fields.number('Rotate', { min: 0, max: 359 });
  const marks = fields.raw('WatermarkIds');
  fields.choice('Type', { Normal: 'Normal', VideoPackage: 'VideoPackage', SubtitlePackage: 'SubtitlePackage' });
  fields.refuse('CopyrightMark', 'needs a watermark that nobody sees', 'Use WatermarkIds.');
  fields.refuse('TraceMark', 'needs a watermark that nobody sees', 'Use WatermarkIds.');
  fields.refuse('SubtitleList', 'is not known to groups here', 'Give subtitles with the job.');
  fields.refuse('TranscodeFileRegular', 'is not known here', 'Names follow from asset and definition.');
  fields.end();
  return {
    ...{ definition, isEncrypted, watermarkIds: marksOf(fields.name('WatermarkIds'), marks) },
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(templateId !== undefined && { templateId }),
    ...(written.Container !== undefined && { template: parseTemplate(written) }),
    ...(kind !== undefined && { package: kind }),
    ...(clip && {
      clip: {
        ...(seekSeconds !== undefined && { seekSeconds }),
        ...(durationSeconds !== undefined && { durationSeconds }),
      },
    }),
    ...(rotate !== undefined && { rotate }),
  };
}

const SECONDS = { min: 0, max: 1_000_000 };

function marksOf(field: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw refused(field, 'must be a list of ids', 'Write it such as ["..."].');
}

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
  readonly subtitles?: readonly { readonly fileUrl: string; readonly language?: string }[];
  /** It encodes nothing: its subtitles are captions, which viewers turn on and off; else one is drawn into the pictures. */
  readonly isCaptions?: boolean;
  /** What a package says that its rendition needs. */
  readonly peakBitsPerSecond?: number;
  readonly clip?: { readonly seekSeconds?: number; readonly durationSeconds?: number };
  readonly rotate?: number;
};

const DEFINITIONS = ['FD', 'LD', 'SD', 'HD', 'FHD', '2K', '4K', 'OD', 'SQ', 'HQ', 'AUTO'];
const MOST_MEMBERS = 30;
const MOST_SUBTITLES = 20;
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
  const type = fields.choice('Type', { Normal: 'normal', VideoPackage: 'normal', SubtitlePackage: 'captions' });
  const isCaptions = type === 'captions';
  const definition = fields.choice('Definition', Object.fromEntries(DEFINITIONS.map((name) => [name, name])));
  if (definition === undefined && !isCaptions)
    throw refused(fields.name('Definition'), 'is missing', `Use one of ${DEFINITIONS.join(', ')}.`);
  const encoding = encodingOf(fields, isCaptions);
  const isEncrypted = encryptionOf(fields, encoding.template);
  const packaging = packageOf(fields, encoding.template);
  const subtitles = subtitlesOf(fields, isCaptions);
  const clip = clipOf(fields);
  const rotate = fields.number('Rotate', { min: 0, max: 359 });
  const watermarkIds = marksOf(fields.name('WatermarkIds'), fields.raw('WatermarkIds'));
  fields.refuse('CopyrightMark', 'needs a watermark that nobody sees', 'Use WatermarkIds.');
  fields.refuse('TraceMark', 'needs a watermark that nobody sees', 'Use WatermarkIds.');
  fields.refuse('TranscodeFileRegular', 'is not known here', 'Names follow from asset and definition.');
  fields.end();
  return {
    ...{ definition: definition ?? 'AUTO', isEncrypted, watermarkIds, ...encoding, ...packaging },
    ...(subtitles.length > 0 && { subtitles }),
    ...(isCaptions && { isCaptions }),
    ...(clip && { clip }),
    ...(rotate !== undefined && { rotate }),
  };
}

function encodingOf(fields: Fields, isCaptions: boolean): Pick<GroupMember, 'id' | 'name' | 'templateId' | 'template'> {
  const written = Object.fromEntries(PARTS.flatMap((part) => (fields.has(part) ? [[part, fields.raw(part)]] : [])));
  for (const part of PARTS) fields.raw(part);
  const [id, name, templateId] = [
    fields.text('TranscodeTemplateId'),
    fields.text('TemplateName'),
    fields.text('TemplateId'),
  ];
  const isWritten = written.Container !== undefined;
  if (!isWritten && templateId === undefined && !isCaptions) {
    throw refused(fields.name('Container'), 'is missing', 'Write the template, or name one in TemplateId.');
  }
  return {
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(templateId !== undefined && { templateId }),
    ...(isWritten && { template: parseTemplate(written) }),
  };
}

function encryptionOf(fields: Fields, template: TranscodeTemplate | undefined): boolean {
  const encrypt = fields.part('EncryptSetting');
  const isEncrypted = encrypt?.choice('EncryptType', { HLSEncryption: true, Private: true }) ?? false;
  encrypt?.end();
  if (!isEncrypted || template === undefined || template.container === 'm3u8') return isEncrypted;
  throw refused(fields.name('EncryptSetting'), 'is for m3u8 only', 'Leave it out, or write m3u8 in Container.');
}

const CONTAINERS = { hls: 'm3u8', dash: 'mpd' } as const;

function packageOf(
  fields: Fields,
  template: TranscodeTemplate | undefined,
): Pick<GroupMember, 'package' | 'peakBitsPerSecond'> {
  const setting = fields.part('PackageSetting');
  const kind = setting?.choice('PackageType', { HLSPackage: 'hls', DASHPackage: 'dash' } as const);
  const config = setting?.part('PackageConfig');
  const peakBitsPerSecond = config?.whole('BandWidth', 1, 1_000_000_000);
  config?.end();
  setting?.end();
  if (kind !== undefined && template !== undefined && template.container !== CONTAINERS[kind]) {
    const remedy = `Leave it out, or write ${CONTAINERS[kind]} in Container.`;
    throw refused(fields.name('PackageSetting'), `does not fit Container ${template.container}`, remedy);
  }
  return {
    ...(kind !== undefined && { package: kind }),
    ...(peakBitsPerSecond !== undefined && { peakBitsPerSecond }),
  };
}

function clipOf(fields: Fields): GroupMember['clip'] {
  const clip = fields.part('Clip')?.part('TimeSpan');
  if (clip === undefined) return undefined;
  const [seekSeconds, durationSeconds] = [clip.number('Seek', SECONDS), clip.number('Duration', SECONDS)];
  return {
    ...(seekSeconds !== undefined && { seekSeconds }),
    ...(durationSeconds !== undefined && { durationSeconds }),
  };
}

function subtitlesOf(fields: Fields, isCaptions: boolean): NonNullable<GroupMember['subtitles']> {
  const subtitles = fields.list('SubtitleList', MOST_SUBTITLES).map(subtitleOf);
  if (subtitles.length <= 1 || isCaptions) return subtitles;
  const remedy = 'Name one, or add a template of Type SubtitlePackage: then they are captions beside the pictures.';
  throw refused(fields.name('SubtitleList'), 'has several, of which one can be drawn', remedy);
}

const SECONDS = { min: 0, max: 1_000_000 };

function subtitleOf(fields: Fields): { fileUrl: string; language?: string } {
  const [fileUrl, language] = [fields.text('SubtitleUrl'), fields.text('Language')];
  fields.raw('SubtitleName');
  fields.choice('CharEncode', { 'UTF-8': true, auto: true });
  fields.end();
  if (fileUrl === undefined) throw refused(fields.name('SubtitleUrl'), 'is missing', 'Name the file.');
  return { fileUrl, ...(language !== undefined && { language }) };
}

function marksOf(field: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw refused(field, 'must be a list of ids', 'Write it such as ["..."].');
}

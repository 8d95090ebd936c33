import { AnswerError, type Fields, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';
import { templateWords } from './words.ts';

export const TEMPLATE_KINDS = ['transcode', 'group', 'watermark'] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

/** A template of media processing, its body in ApsaraVideo's form. */
export type MediaTemplate = {
  readonly kind: TemplateKind;
  readonly id: string;
  readonly name: string;
  readonly body: Fields;
  readonly isPreset: boolean;
  readonly isDefault: boolean;
  readonly isLocked: boolean;
  readonly modifiedAt?: string;
};

export function readTemplates(answer: unknown): ListPage<MediaTemplate> {
  const { templates, nextCursor } = fields(answer);
  if (!Array.isArray(templates)) throw new AnswerError('the answer holds no list of templates');
  return { rows: templates.map(readTemplate), cursor: text(nextCursor) };
}

export function readTemplate(answer: unknown): MediaTemplate {
  const { kind, id, name, body, isPreset, isDefault, isLocked, modifiedAt } = fields(answer);
  const [known, named] = [oneOf(kind, TEMPLATE_KINDS), text(id)];
  if (known === undefined || named === undefined) throw new AnswerError('the answer holds no template');
  return {
    ...{ kind: known, id: named, name: text(name) ?? named, body: fields(body) },
    ...{ isPreset: isPreset === true, isDefault: isDefault === true, isLocked: isLocked === true },
    ...optional('modifiedAt', text(modifiedAt)),
  };
}

/** What a template is, in a few words: `mp4, 1280 × 720, 1800 kb/s`. */
export function templateAbout({ kind, body }: MediaTemplate): string {
  if (kind === 'group') {
    return list(body.TranscodeTemplateList)
      .flatMap((each) => text(fields(each).Definition) ?? [])
      .join(', ');
  }
  if (kind === 'watermark') return [body.ReferPos, body.Dx, body.Dy].flatMap((each) => wordOf(each) ?? []).join(', ');
  const { Format } = part(body.Container);
  const { Codec, Width, Height, Crf, Bitrate, Remove } = part(body.Video);
  const words = templateWords();
  return [
    wordOf(Format),
    String(Remove) === 'true' ? undefined : wordOf(Codec),
    words.size(wordOf(Width), wordOf(Height)),
    wordOf(Bitrate) && `${wordOf(Bitrate)} kb/s`,
    wordOf(Crf) && `CRF ${wordOf(Crf)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The templates that a group names, and the watermarks. */
export function namesIn({ body }: MediaTemplate): readonly string[] {
  return list(body.TranscodeTemplateList).flatMap((each) => {
    const { TemplateId, WatermarkIds } = fields(each);
    const named = text(TemplateId);
    return [...(named === undefined ? [] : [named]), ...list(WatermarkIds).map(String)];
  });
}

function wordOf(value: unknown): string | undefined {
  const found = number(value);
  return found === undefined ? text(value) : String(found);
}

/** Parts of a template may be JSON. */
function part(value: unknown): Fields {
  try {
    return fields(typeof value === 'string' ? JSON.parse(value) : value);
  } catch {
    return {};
  }
}

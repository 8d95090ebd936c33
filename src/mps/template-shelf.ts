import { randomUUID } from 'node:crypto';
import { PRESETS, parseTemplate, presetTemplate, type TranscodeTemplate } from '../media/index.ts';
import type {
  MediaTemplateChanges,
  MediaTemplateKind,
  MediaTemplateTable,
  StoredMediaTemplate,
} from '../store/index.ts';
import { parseAssetPictures } from './parse-asset-pictures.ts';
import { type AssetWatermark, parseAssetWatermark } from './parse-asset-watermark.ts';
import { type GroupMember, parseTemplateGroup } from './parse-group.ts';
import { parseWatermarkTemplate, type WatermarkPlace } from './parse-watermark.ts';

const PARSERS: Readonly<Record<MediaTemplateKind, (body: unknown) => unknown>> = {
  transcode: parseTemplate,
  watermark: parseWatermarkTemplate,
  group: parseTemplateGroup,
  'asset-watermark': parseAssetWatermark,
  'asset-pictures': parseAssetPictures,
};

/** The templates of media processing: those that operators made, and the presets. What is on it has been parsed. */
export class TemplateShelf {
  readonly #table: MediaTemplateTable;

  constructor(table: MediaTemplateTable) {
    this.#table = table;
  }

  list(kind: MediaTemplateKind): Promise<readonly StoredMediaTemplate[]> {
    return this.#table.list(kind);
  }

  find(kind: MediaTemplateKind, id: string): Promise<StoredMediaTemplate | undefined> {
    return this.#table.find(kind, id);
  }

  /** Undefined where the id is taken. Throws TEMPLATE_INVALID. */
  async add(template: {
    readonly kind: MediaTemplateKind;
    readonly id?: string | undefined;
    readonly name: string;
    readonly body: Record<string, unknown>;
  }): Promise<StoredMediaTemplate | undefined> {
    const { kind, id = randomUUID().replaceAll('-', ''), name, body } = template;
    PARSERS[kind](body);
    return PRESETS.has(id) ? undefined : this.#table.add({ kind, id, name, body });
  }

  /** Undefined where there is none. Throws TEMPLATE_INVALID. */
  async change(
    kind: MediaTemplateKind,
    id: string,
    changes: MediaTemplateChanges,
  ): Promise<StoredMediaTemplate | undefined> {
    if (changes.body !== undefined) PARSERS[kind](changes.body);
    return this.#table.change(kind, id, changes);
  }

  remove(kind: MediaTemplateKind, id: string): Promise<boolean> {
    return this.#table.remove(kind, id);
  }

  /** How to encode, by the id of a preset or of a template of ours. */
  async transcodeTemplate(id: string): Promise<TranscodeTemplate | undefined> {
    const preset = presetTemplate(id);
    if (preset) return preset;
    const found = await this.#table.find('transcode', id);
    return found && parseTemplate(found.body);
  }

  async watermarkTemplate(id: string): Promise<WatermarkPlace | undefined> {
    const found = await this.#table.find('watermark', id);
    return found && parseWatermarkTemplate(found.body);
  }

  /** A watermark of VOD; without an id the default one. */
  async assetWatermark(id?: string): Promise<AssetWatermark | undefined> {
    const found =
      id === undefined
        ? (await this.#table.list('asset-watermark')).find(({ isDefault }) => isDefault)
        : await this.#table.find('asset-watermark', id);
    return found && parseAssetWatermark(found.body);
  }

  /** What a group makes; without an id the default group. Templates that are named are looked up. */
  async group(id?: string): Promise<readonly GroupMember[] | undefined> {
    const found =
      id === undefined
        ? (await this.#table.list('group')).find(({ isDefault }) => isDefault)
        : await this.#table.find('group', id);
    if (!found) return undefined;
    const members = parseTemplateGroup(found.body);
    return Promise.all(
      members.map(async (member) => {
        if (member.template || member.templateId === undefined) return member;
        const template = await this.transcodeTemplate(member.templateId);
        return template ? { ...member, template } : member;
      }),
    );
  }
}

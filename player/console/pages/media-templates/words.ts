import { dictionary } from '../../kit/index.ts';
import type { FormWords } from '../../schema-form/index.ts';
import { formWords } from '../rule-objects/words.ts';
import { chineseMediaField, mediaField } from './field-words.ts';
import type { TemplateKind } from './read-templates.ts';

type Side = string | undefined;
type OfKind = Readonly<Record<TemplateKind, string>>;

export const templateWords = dictionary(
  {
    title: 'Media templates',
    hint: 'How files are made of uploads, of recordings and in jobs. Live streams have templates of their own.',
    kind: 'Kind of template',
    kinds: { transcode: 'Transcoding', group: 'Groups for assets', watermark: 'Watermarks' } as OfKind,
    kindHints: {
      transcode: 'Container, codecs, sizes and rates of one output. Presets stay as they are: copy one to change it.',
      group: 'What is made of whatever is uploaded with it, or of all uploads by the default one.',
      watermark: 'Where in the picture an image goes, and when.',
    } as OfKind,
    one: { transcode: 'Template', group: 'Group', watermark: 'Watermark' } as OfKind,
    create: { transcode: 'New template', group: 'New group', watermark: 'New watermark' } as OfKind,
    none: { transcode: 'No templates', group: 'No groups yet', watermark: 'No watermarks yet' } as OfKind,
    noneHints: {
      transcode: 'Make one, or copy a preset.',
      group: 'Without one, assets get an adaptive ladder that fits their size.',
      watermark: 'Make one, then name it in a job’s output.',
    } as OfKind,
    columns: { name: 'Name', id: 'Id', about: 'What it is', changed: 'Changed', actions: 'Actions' },
    size: (width: Side, height: Side) =>
      width && height ? `${width} × ${height}` : (width && `${width} wide`) || (height && `${height} high`),
    idHint: 'Letters, digits, hyphens; left empty, one is made.',
    copy: 'Copy',
    copyOf: (name: string) => `Copy of ${name}`,
    preset: 'preset',
    presetHint: 'A preset stays as it is. Copy it to change it.',
    isDefault: 'default',
    locked: 'locked',
    lock: 'Lock',
    unlock: 'Unlock',
    makeDefault: 'Make it the default',
    save: 'Save',
    saved: 'Saved',
    json: 'As JSON',
    form: 'As a form',
    remove: 'Delete',
    removeTitle: (name: string) => `Delete ${name}?`,
    removeBody: 'What was made with it stays. What is made by its id from now on fails.',
    uses: 'Used by',
    noGroups: 'No group names it. Jobs and workflows may, by its id.',
    noAssets: 'No asset has it.',
    assets: (count: number) => `Assets: ${count.toLocaleString('en')}`,
    rules: 'Stream rules, for recordings',
  },
  {
    title: '媒体模板',
    hint: '上传、录制和任务如何生成文件。直播流使用单独的转码模板。',
    kind: '模板类型',
    kinds: { transcode: '转码模板', group: '媒资模板组', watermark: '水印模板' } as OfKind,
    kindHints: {
      transcode: '一个输出的封装格式、编码、尺寸和码率。预置模板不可修改，可复制后再改。',
      group: '使用该组上传的内容会生成哪些输出；默认组用于所有未指定的上传。',
      watermark: '图片在画面中的位置和出现时间。',
    } as OfKind,
    one: { transcode: '转码模板', group: '模板组', watermark: '水印模板' } as OfKind,
    create: { transcode: '新建转码模板', group: '新建模板组', watermark: '新建水印模板' } as OfKind,
    none: { transcode: '没有模板', group: '还没有模板组', watermark: '还没有水印模板' } as OfKind,
    noneHints: {
      transcode: '新建一个，或复制预置模板。',
      group: '没有模板组时，媒资会按其尺寸生成自适应码率。',
      watermark: '新建后可在任务的输出中引用。',
    } as OfKind,
    columns: { name: '名称', id: 'ID', about: '说明', changed: '修改时间', actions: '操作' },
    size: (width: Side, height: Side) =>
      width && height ? `${width} × ${height}` : (width && `宽 ${width}`) || (height && `高 ${height}`),
    idHint: '字母、数字和连字符；留空则自动生成。',
    copy: '复制',
    copyOf: (name: string) => `${name} 副本`,
    preset: '预置',
    presetHint: '预置模板不可修改，请复制后再改。',
    isDefault: '默认',
    locked: '已锁定',
    lock: '锁定',
    unlock: '解锁',
    makeDefault: '设为默认',
    save: '保存',
    saved: '已保存',
    json: '以 JSON 编辑',
    form: '以表单编辑',
    remove: '删除',
    removeTitle: (name: string) => `删除 ${name}？`,
    removeBody: '已生成的文件会保留，之后按其 ID 发起的处理会失败。',
    uses: '使用情况',
    noGroups: '没有模板组使用它。任务和工作流可能按 ID 使用。',
    noAssets: '没有媒资使用它。',
    assets: (count: number) => `媒资：${count.toLocaleString('en')}`,
    rules: '用于录制的流规则',
  },
);

const ownWords = dictionary({ label: mediaField }, { label: chineseMediaField });

/** What the form says: as forms of rules do, with the names of media's fields. */
export const templateFormWords = (): FormWords => ({ ...formWords(), ...ownWords() });

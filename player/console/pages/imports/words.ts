import { counted, dictionary } from '../../kit/index.ts';
import type { Outcome } from './read-report.ts';

type Words = Readonly<Record<string, string>>;

type OfOutcome = Readonly<Record<Outcome, string>>;

export const importWords = dictionary(
  {
    title: 'Import',
    hint: 'Many assets at once: fetched from addresses, or of what is in a storage already.',
    toLibrary: 'Library',
    table: 'By a table',
    tableHint:
      'CSV whose first line names its columns: url or object, title, description, tags (with ; between them), category, referenceId, kind. A bad line stops no other.',
    file: 'Take it from a file',
    csvHint: 'At most 1000 lines at once.',
    example: 'Show an example',
    storage: 'Storage',
    usualStorage: 'the usual one',
    lookOver: 'Look it over',
    doImport: (count: number) => (count === 0 ? 'Import' : `Import ${counted(count, 'line')}`),
    report: 'Report',
    wouldBe: (good: number, bad: number) =>
      `${counted(good, 'line')} can be imported, ${bad} cannot. Nothing is done yet.`,
    was: (good: number, bad: number) => `${counted(good, 'asset')} in the library, ${bad} not.`,
    columns: { line: 'Line', object: 'Object', outcome: 'Outcome', title: 'Title', why: 'Why not' },
    outcomes: { good: 'good', created: 'created', known: 'there already', bad: 'bad' } as OfOutcome,
    objects: 'What is in a storage already',
    objectsHint: 'The objects become assets and are processed. They stay where they are.',
    names: 'Names of objects',
    namesHint: 'One a line, at most 100.',
    register: 'Register',
    uploads: 'What comes in, and what did',
    noUploads: 'Nothing was uploaded yet.',
    uploadColumns: { what: 'What', state: 'State', came: 'Came', begun: 'Begun', actions: 'Actions' },
    ways: { client: 'by a browser or a program', url: 'fetched', registered: 'registered' } as Words,
    uploadStates: {
      ...{ open: 'comes in', storing: 'being stored', stored: 'stored', done: 'in the library' },
      ...{ failed: 'failed', expired: 'given up', aborted: 'stopped' },
    } as Words,
    of: (came: string, all: string) => `${came} of ${all}`,
    abort: 'Stop',
  },
  {
    title: '导入',
    hint: '批量添加媒资：从地址拉取，或登记存储中已有的文件。',
    toLibrary: '媒资库',
    table: '按表格导入',
    tableHint:
      'CSV，首行为列名：url 或 object、title、description、tags（以 ; 分隔）、category、referenceId、kind。有错误的行不影响其他行。',
    file: '从文件读取',
    csvHint: '每次最多 1000 行。',
    example: '显示示例',
    storage: '存储',
    usualStorage: '默认',
    lookOver: '检查',
    doImport: (count: number) => (count === 0 ? '导入' : `导入 ${count} 行`),
    report: '报告',
    wouldBe: (good: number, bad: number) => `可导入 ${good} 行，${bad} 行有问题。尚未执行。`,
    was: (good: number, bad: number) => `已有 ${good} 个媒资入库，${bad} 个未成功。`,
    columns: { line: '行', object: '对象', outcome: '结果', title: '标题', why: '原因' },
    outcomes: { good: '正常', created: '已创建', known: '已存在', bad: '有问题' } as OfOutcome,
    objects: '登记存储中已有的文件',
    objectsHint: '这些对象会成为媒资并被处理，文件保持原位。',
    names: '对象名',
    namesHint: '每行一个，最多 100 个。',
    register: '登记',
    uploads: '上传记录',
    noUploads: '还没有上传。',
    uploadColumns: { what: '内容', state: '状态', came: '已接收', begun: '开始时间', actions: '操作' },
    ways: { client: '浏览器或程序上传', url: '从地址拉取', registered: '登记' } as Words,
    uploadStates: {
      ...{ open: '接收中', storing: '存储中', stored: '已存储', done: '已入库' },
      ...{ failed: '失败', expired: '已过期', aborted: '已停止' },
    } as Words,
    of: (came: string, all: string) => `${came} / ${all}`,
    abort: '停止',
  },
);

import { counted, dictionary } from '../../kit/index.ts';

export const auditWords = dictionary(
  {
    title: 'Audit log',
    hint: 'Who did what, and who was refused. Entries are chained by their hashes; nobody can change or delete one.',
    columns: { at: 'When', actor: 'Who', action: 'What', resource: 'On', outcome: 'Outcome', detail: 'Detail' },
    done: 'done',
    refused: 'refused',
    filters: { actor: 'Who', action: 'Action or area', outcome: 'Outcome', all: 'All' },
    apply: 'Filter',
    verify: 'Check the chain',
    whole: (count: number) => `${counted(count, 'entry', 'entries')} looked through: none was changed or removed.`,
    broken: (count: number) => `${counted(count, 'entry', 'entries')} looked through, and something is wrong:`,
    empty: 'No entry is like that',
  },
  {
    title: '审计日志',
    hint: '谁做了什么、谁被拒绝。记录以哈希相连，任何人都不能修改或删除。',
    columns: { at: '时间', actor: '操作者', action: '操作', resource: '资源', outcome: '结果', detail: '详情' },
    done: '完成',
    refused: '拒绝',
    filters: { actor: '操作者', action: '操作或类别', outcome: '结果', all: '全部' },
    apply: '筛选',
    verify: '校验日志链',
    whole: (count: number) => `已校验 ${count} 条记录，没有被修改或删除。`,
    broken: (count: number) => `已校验 ${count} 条记录，发现问题：`,
    empty: '没有符合条件的记录',
  },
);

import { dictionary } from '../../kit/index.ts';

export const revisionWords = dictionary(
  {
    title: 'Revisions',
    hint: 'Every change of the rules: who, when, what. Any of them can be made the newest again.',
    columns: { number: 'Revision', at: 'When', author: 'Who', reason: 'Why', actions: 'Actions' },
    current: 'in force',
    look: 'What changed',
    rollBack: 'Roll back to this',
    rollBackTitle: (number: number) => `Back to revision ${number}?`,
    rollBackBody: 'The rules become what they were then, as a new revision. Streams that are touched change at once.',
    done: 'Rolled back',
    nothing: 'Nothing that you may see.',
    empty: 'There are no revisions yet',
  },
  {
    title: '修订记录',
    hint: '规则的每一次修改：谁、何时、改了什么。任何一个版本都可以恢复。',
    columns: { number: '版本', at: '时间', author: '修改人', reason: '原因', actions: '操作' },
    current: '当前生效',
    look: '修改内容',
    rollBack: '回滚到此版本',
    rollBackTitle: (number: number) => `回滚到版本 ${number}？`,
    rollBackBody: '规则将恢复为该版本的内容，并产生一个新版本。受影响的流会立即变化。',
    done: '已回滚',
    nothing: '没有您可以查看的内容。',
    empty: '还没有修订记录',
  },
);

import { dictionary } from '../../kit/index.ts';

export const approvalWords = dictionary(
  {
    title: 'Approvals',
    hint: 'Changes that count once a second person has approved them.',
    states: { pending: 'waits', approved: 'approved', rejected: 'rejected', expired: 'expired' } as Readonly<
      Record<string, string>
    >,
    by: (author: string) => `asked for by ${author}`,
    own: 'You asked for it, so somebody else approves it.',
    approve: 'Approve',
    reject: 'Reject',
    done: 'Decided',
    empty: 'Nothing waits for a second person',
    emptyHint: 'Which changes do is set in the configuration (control.secondPerson).',
  },
  {
    title: '审批',
    hint: '需要另一个人审批后才生效的修改。',
    states: { pending: '待审批', approved: '已通过', rejected: '已拒绝', expired: '已过期' },
    by: (author: string) => `由 ${author} 提交`,
    own: '这是您提交的修改，需要由另一人审批。',
    approve: '通过',
    reject: '拒绝',
    done: '已处理',
    empty: '没有待审批的修改',
    emptyHint: '哪些修改需要审批由配置决定（control.secondPerson）。',
  },
);

import { dictionary } from '../../kit/index.ts';

const COUNT = new Intl.NumberFormat();

function secondsIn(seconds: number, [s, min, h]: readonly [s: string, min: string, h: string]): string {
  if (seconds < 1) return '–';
  if (seconds < 60) return `${Math.round(seconds)} ${s}`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} ${min}` : `${(seconds / 3600).toFixed(1)} ${h}`;
}

export const pipelineWords = dictionary(
  {
    title: 'Pipelines',
    hint: 'Queues that jobs wait in. Of a paused one nothing is begun; what runs goes on.',
    paused: 'Paused',
    active: 'Active',
    pause: 'Pause',
    resume: 'Resume',
    load: (pending: number, running: number, quota: number) =>
      `${COUNT.format(running)} of ${COUNT.format(quota)} run, ${COUNT.format(pending)} wait`,
    failedOnes: (count: number) => `${COUNT.format(count)} failed`,
    columns: {
      name: 'Name',
      state: 'State',
      running: 'Running',
      pending: 'Queued',
      waiting: 'Wait for others',
      oldest: 'Oldest waits',
      failed: 'Failed jobs',
      actions: 'Actions',
    },
    count: (count: number) => COUNT.format(count),
    seconds: (seconds: number) => secondsIn(seconds, ['s', 'min', 'h']),
    runningOf: (running: number, quota: number, ofOne: number | undefined) =>
      `${COUNT.format(running)} of ${COUNT.format(quota)}${ofOne === undefined ? '' : ` (${COUNT.format(ofOne)} each)`}`,
    create: 'New pipeline',
    change: 'Change',
    changeTitle: (name: string) => `Change ${name}`,
    remove: 'Delete',
    removeTitle: (name: string) => `Delete ${name}?`,
    removeBody: 'It can be deleted once all its jobs are over.',
    id: 'Id',
    idHint: 'Letters, digits, dots, _ and -.',
    quota: 'Steps at the same time',
    quotaHint: 'On all workers together.',
    submitterQuota: 'Of them for one submitter',
    submitterQuotaHint: 'Empty for as many as there are.',
    notify: 'Messages go to (URL)',
    notifyHint: 'How jobs of Media Processing end is told there.',
    save: 'Save',
    saved: 'Saved',
    toPipelines: 'All about pipelines',
  },
  {
    title: '管道',
    hint: '任务在管道中排队。暂停后不再开始新任务，运行中的任务会继续。',
    paused: '已暂停',
    active: '运行中',
    pause: '暂停',
    resume: '恢复',
    load: (pending: number, running: number, quota: number) =>
      `运行 ${COUNT.format(running)} / ${COUNT.format(quota)}，排队 ${COUNT.format(pending)}`,
    failedOnes: (count: number) => `失败 ${COUNT.format(count)}`,
    columns: {
      name: '名称',
      state: '状态',
      running: '运行中',
      pending: '排队',
      waiting: '等待其他步骤',
      oldest: '最长等待',
      failed: '失败任务',
      actions: '操作',
    },
    count: (count: number) => COUNT.format(count),
    seconds: (seconds: number) => secondsIn(seconds, ['秒', '分钟', '小时']),
    runningOf: (running: number, quota: number, ofOne: number | undefined) =>
      `${COUNT.format(running)} / ${COUNT.format(quota)}${ofOne === undefined ? '' : `（每人 ${COUNT.format(ofOne)}）`}`,
    create: '新建管道',
    change: '修改',
    changeTitle: (name: string) => `修改 ${name}`,
    remove: '删除',
    removeTitle: (name: string) => `删除 ${name}？`,
    removeBody: '所有任务结束后才能删除。',
    id: 'ID',
    idHint: '字母、数字、点、_ 和 -。',
    quota: '同时运行的步骤数',
    quotaHint: '所有工作节点合计。',
    submitterQuota: '每个提交者最多',
    submitterQuotaHint: '留空则不限制。',
    notify: '消息地址（URL）',
    notifyHint: '媒体处理任务结束时通知该地址。',
    save: '保存',
    saved: '已保存',
    toPipelines: '管道详情',
  },
);

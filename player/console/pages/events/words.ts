import { dictionary } from '../../kit/index.ts';

export const eventsWords = dictionary(
  {
    title: 'Events',
    hint: 'What happens to streams, assets and jobs, as it happens: the last hour and from now on.',
    filter: 'Find',
    filterHint: 'Stream, asset, kind or detail',
    none: 'Nothing has happened in the last hour.',
    noneHint: 'This page shows the next event by itself.',
    noneFits: 'No event fits.',
    following: 'Following',
    shown: (count: number, all: number) => `${count} of ${all}`,
  },
  {
    title: '事件',
    hint: '直播流、媒资与任务的实时事件：最近一小时以及此后发生的。',
    filter: '查找',
    filterHint: '直播流、媒资、类型或详情',
    none: '最近一小时没有事件。',
    noneHint: '下一个事件会自动显示。',
    noneFits: '没有符合条件的事件。',
    following: '实时更新中',
    shown: (count: number, all: number) => `${count} / ${all}`,
  },
);

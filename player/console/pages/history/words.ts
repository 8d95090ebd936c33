import { dictionary } from '../../kit/index.ts';

export const historyWords = dictionary(
  {
    title: 'History',
    hint: 'What was published in the last thirty days, one line for each connection of a publisher.',
    columns: {
      stream: 'Stream',
      from: 'From',
      duration: 'For',
      end: 'End',
      encoder: 'Encoder',
      picture: 'Picture',
      report: 'Report',
    },
    filters: { app: 'App', stream: 'Stream', apply: 'Filter' },
    live: 'live',
    ends: {
      unpublished: 'stopped by the encoder',
      connection_lost: 'connection lost',
      kicked: 'kicked',
      crash: 'the server ended',
    } as Readonly<Record<string, string>>,
    empty: 'Nothing was published',
  },
  {
    title: '推流历史',
    hint: '最近三十天的推流记录，每次推流连接一行。',
    columns: {
      stream: '流',
      from: '开始',
      duration: '时长',
      end: '结束',
      encoder: '推流端',
      picture: '画面',
      report: '报告',
    },
    filters: { app: '应用', stream: '流', apply: '筛选' },
    live: '直播中',
    ends: {
      unpublished: '推流端停止',
      connection_lost: '连接断开',
      kicked: '被踢出',
      crash: '服务器退出',
    },
    empty: '没有推流记录',
  },
);

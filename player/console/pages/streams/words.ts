import { counted, dictionary } from '../../kit/index.ts';

export const streamsWords = dictionary(
  {
    title: 'Streams',
    filter: 'Find a stream',
    filterHint: 'App, name, encoder or address',
    summary: (live: number, viewers: number) => `${counted(live, 'stream')} live, ${counted(viewers, 'viewer')}`,
    state: 'Show',
    all: 'All',
    troubled: 'Those in trouble',
    recorded: 'Those being recorded',
    none: 'Nothing is live yet',
    noneHint: 'The overview says what to type into OBS or FFmpeg. A stream appears here within three seconds.',
    noneFits: 'No stream fits.',
    more: (count: number) => `Show ${count} more`,
    toOverview: 'To the overview',
  },
  {
    title: '直播流',
    filter: '查找直播流',
    filterHint: '应用、名称、编码器或地址',
    summary: (live: number, viewers: number) => `${live} 路直播，${viewers} 位观众`,
    state: '显示',
    all: '全部',
    troubled: '有问题的',
    recorded: '正在录制的',
    none: '还没有直播',
    noneHint: '概览页说明了如何在 OBS 或 FFmpeg 中填写。开播后三秒内会显示在这里。',
    noneFits: '没有符合条件的直播流。',
    more: (count: number) => `再显示 ${count} 路`,
    toOverview: '前往概览',
  },
);

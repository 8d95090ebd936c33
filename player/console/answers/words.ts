import { counted, dictionary } from '../kit/language.ts';

/** What is said of streams on several pages. */
export const streamWords = dictionary(
  {
    states: { publishing: 'Live', waiting: 'Waiting for the publisher', ended: 'Ended' },
    healths: { good: 'Healthy', warn: 'Needs attention', bad: 'In trouble' },
    none: 'none',
    mono: 'mono',
    stereo: 'stereo',
    channels: (count: number) => counted(count, 'channel'),
    every: (seconds: string) => `every ${seconds} s`,
    viewers: (count: number) => counted(count, 'viewer'),
    from: (address: string) => `from ${address}`,
  },
  {
    states: { publishing: '直播中', waiting: '等待推流', ended: '已结束' },
    healths: { good: '健康', warn: '需要关注', bad: '异常' },
    none: '无',
    mono: '单声道',
    stereo: '立体声',
    channels: (count: number) => `${count} 声道`,
    every: (seconds: string) => `每 ${seconds} 秒`,
    viewers: (count: number) => `${count} 位观众`,
    from: (address: string) => `来自 ${address}`,
  },
);

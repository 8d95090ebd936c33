import { dictionary } from '../../kit/index.ts';

export const topWords = dictionary(
  {
    title: 'Top traffic',
    hint: 'What this node sent the most to. Addresses are kept as the configuration says: by default only their network.',
    by: 'By',
    kinds: { stream: 'Streams', address: 'Addresses', referer: 'Sites', agent: 'Players' },
    since: 'Over',
    spans: { hour: 'The last hour', day: 'The last day' },
    columns: { value: 'Name', bytes: 'Sent', share: 'Share of the domain' },
    unsaid: { referer: 'no page said', agent: 'not said' } as Readonly<Record<string, string>>,
    total: (bytes: string) => `${bytes} in all`,
    empty: 'Nothing was sent',
    noAddresses: 'Addresses are not kept here (audience.addresses is none), or nothing was sent.',
    atMost: (bytes: string) => `at most; ${bytes} of it are uncertain`,
  },
  {
    title: '流量排行',
    hint: '本节点发送流量最多的对象。地址按配置保存：默认只保存网段。',
    by: '按',
    kinds: { stream: '流', address: '地址', referer: '网站', agent: '播放器' },
    since: '时间',
    spans: { hour: '最近一小时', day: '最近一天' },
    columns: { value: '名称', bytes: '流量', share: '占域名比例' },
    unsaid: { referer: '没有来源页面', agent: '未说明' },
    total: (bytes: string) => `共 ${bytes}`,
    empty: '没有发送任何内容',
    noAddresses: '这里不保存地址（audience.addresses 为 none），或没有发送任何内容。',
    atMost: (bytes: string) => `最多；其中 ${bytes} 不确定`,
  },
);

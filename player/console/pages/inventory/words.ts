import { counted, dictionary } from '../../kit/index.ts';

export const inventoryWords = dictionary(
  {
    title: 'Inventory',
    hint: 'Everything that has a key, with the age of each, so that nothing is forgotten.',
    domains: 'Domains',
    streamKeys: 'Stream keys',
    callbacks: 'Callback endpoints',
    columns: { name: 'Name', hosts: 'Hosts', url: 'URL', keys: 'Keys' },
    age: (days: number) => counted(days, 'day'),
    unknown: 'age unknown',
    due: 'due for rotation',
    none: 'no key',
    empty: 'There are none',
  },
  {
    title: '资产清单',
    hint: '所有带密钥的对象及密钥使用时长，避免遗漏。',
    domains: '域名',
    streamKeys: '推流密钥',
    callbacks: '回调地址',
    columns: { name: '名称', hosts: '主机名', url: 'URL', keys: '密钥' },
    age: (days: number) => `${days} 天`,
    unknown: '时长未知',
    due: '应轮换',
    none: '无密钥',
    empty: '没有',
  },
);

import { counted, dictionary } from '../../kit/index.ts';

export const inventoryWords = dictionary(
  {
    title: 'Inventory',
    hint: 'Everything that has a key or a certificate, with the age of each, so that nothing is forgotten.',
    domains: 'Domains',
    streamKeys: 'Stream keys',
    callbacks: 'Callback endpoints',
    certificates: 'Certificates',
    columns: {
      ...{ name: 'Name', hosts: 'Hosts', url: 'URL', keys: 'Keys' },
      ...{ source: 'From', issued: 'Age', expires: 'Expires' },
    },
    sources: { upload: 'uploaded', acme: 'ordered, renewed by itself', file: 'a file' } as Record<string, string>,
    expires: (days: number) => (days < 0 ? 'expired' : `in ${counted(days, 'day')}`),
    age: (days: number) => counted(days, 'day'),
    unknown: 'age unknown',
    due: 'due for rotation',
    none: 'no key',
    empty: 'There are none',
  },
  {
    title: '资产清单',
    hint: '所有带密钥或证书的对象及其使用时长，避免遗漏。',
    domains: '域名',
    streamKeys: '推流密钥',
    callbacks: '回调地址',
    certificates: '证书',
    columns: {
      ...{ name: '名称', hosts: '主机名', url: 'URL', keys: '密钥' },
      ...{ source: '来源', issued: '时长', expires: '到期' },
    },
    sources: { upload: '已上传', acme: '自动申请并续期', file: '文件' } as Record<string, string>,
    expires: (days: number) => (days < 0 ? '已过期' : `${days} 天后`),
    age: (days: number) => `${days} 天`,
    unknown: '时长未知',
    due: '应轮换',
    none: '无密钥',
    empty: '没有',
  },
);

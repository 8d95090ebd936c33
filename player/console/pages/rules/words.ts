import { dictionary } from '../../kit/index.ts';

export const ruleWords = dictionary(
  {
    title: 'Effective rules',
    hint: 'Which rules a stream has, and what follows from them: nobody has to be live for it.',
    domain: 'Domain',
    app: 'App',
    stream: 'Stream',
    show: 'Show',
    rules: 'Rules, the most specific last',
    none: 'No rule matches: the defaults hold.',
    settings: 'Settings',
    callbacks: 'Callbacks',
    streamKeys: 'Stream keys',
    nobody: 'none',
  },
  {
    title: '流的生效规则',
    hint: '查看某个流匹配的规则及结果，无需正在直播。',
    domain: '域名',
    app: '应用',
    stream: '流',
    show: '查看',
    rules: '匹配的规则，最具体的在最后',
    none: '没有匹配的规则，使用默认设置。',
    settings: '设置',
    callbacks: '回调',
    streamKeys: '推流密钥',
    nobody: '无',
  },
);

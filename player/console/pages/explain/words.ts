import { dictionary } from '../../kit/index.ts';

export const explainWords = dictionary(
  {
    title: 'Explain a URL',
    hint: 'What becomes of an address, step by step: does it play or publish, and if not, why.',
    url: 'Address',
    urlHint: 'Of any door: rtmp://, http(s)://, ws(s)://. A player page will do, too.',
    explain: 'Explain it',
    works: 'It works',
    fails: 'It is refused',
    steps: 'Steps',
    statuses: { pass: 'good', fail: 'fails', note: 'note' },
    onServer: 'On the server, “headwater explain URL” says the same.',
    nothingYet: 'Paste an address: the verdict appears here.',
    again: 'Make a new one with the URL generator',
  },
  {
    title: '地址诊断',
    hint: '逐步说明一个地址会发生什么：能否播放或推流，如果不能，原因是什么。',
    url: '地址',
    urlHint: '任何协议均可：rtmp://、http(s)://、ws(s)://，播放页地址也可以。',
    explain: '诊断',
    works: '地址可用',
    fails: '地址会被拒绝',
    steps: '步骤',
    statuses: { pass: '通过', fail: '失败', note: '说明' },
    onServer: '也可以在服务器上运行“headwater explain 地址”。',
    nothingYet: '粘贴地址后，诊断结果会显示在这里。',
    again: '用地址生成器重新生成',
  },
);

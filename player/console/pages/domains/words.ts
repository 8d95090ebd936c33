import { dictionary } from '../../kit/index.ts';

export const domainWords = dictionary(
  {
    keys: 'Keys',
    keysHint:
      'A new key without a gap: make a backup key, give it to everybody who signs, then make it the main one. Both are good meanwhile.',
    kinds: { push: 'Push URLs', play: 'Play URLs' },
    next: (kind: string) => `Next step for ${kind}`,
    unsigned: (kind: string) => `${kind} need no signature: whoever knows one may use it.`,
    begin: (kind: string) => `Sign ${kind} with a new key`,
    asked: 'Saved, or waiting for a second person.',
    steps: {
      'add-backup': 'A new backup key is there. Give it to everybody who signs.',
      promote: 'The backup key is now the main one.',
    },
    main: 'Main key',
    backup: 'Backup key',
    check: 'Check',
    checkHint: 'Looks the host names up in the DNS, and at their certificates.',
    run: 'Check now',
  },
  {
    keys: '密钥',
    keysHint: '无缝轮换：先生成备密钥并分发给所有签名方，再将其升级为主密钥。期间两个密钥都有效。',
    kinds: { push: '推流地址', play: '播放地址' },
    next: (kind: string) => `${kind}：下一步`,
    unsigned: (kind: string) => `${kind}不需要签名：知道地址的人都可以使用。`,
    begin: (kind: string) => `用新密钥为${kind}签名`,
    asked: '已保存，或正在等待另一人审批。',
    steps: { 'add-backup': '已生成新的备密钥，请分发给所有签名方。', promote: '备密钥已成为主密钥。' },
    main: '主密钥',
    backup: '备密钥',
    check: '检查',
    checkHint: '查询域名解析和证书。',
    run: '立即检查',
  },
);

import type { ChineseTable } from './in-chinese.ts';

const RENEW = '请续期，并上传或替换证书文件。';

/** 域名检查的结果。 */
export const DOMAIN_CHECK_ZH = {
  DNS_FAILED: {
    sentence: [[/^The DNS gives no answer for (.*) \((.*)\)\.$/s, 'DNS 对 $1 没有应答（$2）。']],
    remedy: '请检查域名的 DNS 服务器，然后重试。',
  },
  NO_RECORD: {
    sentence: [[/^There is no DNS record for (.*)\.$/s, '$1 没有 DNS 记录。']],
    remedy: [[/^Add an? (A|AAAA) record for (.*) with (.*)\.$/s, '请为 $2 添加 $1 记录：$3。']],
  },
  POINTS_ELSEWHERE: {
    sentence: [[/^(.*) points to (.*), which is not this machine\.$/s, '$1 指向 $2，不是本机。']],
    remedy: [[/^Point it to (.*); behind.*$/s, '请指向 $1；如在代理或地址转换之后，请把 publicHost 设为公网地址。']],
  },
  CONFLICTING_RECORDS: {
    sentence: [
      [
        /^The records of (.*) contradict each other: (.*) is this machine, (.*) leads? elsewhere\..*$/s,
        '$1 的记录互相矛盾：$2 是本机，$3 指向别处，部分观众无法访问。',
      ],
    ],
    remedy: [[/^Remove the (.*) records? with (.*)\.$/s, '请删除这些记录（$1）：$2。']],
  },
  CERTIFICATE_MISMATCH: {
    sentence: [[/^The HTTPS door shows (.*) a certificate for (.*)\.$/s, 'HTTPS 端口对 $1 出示的是 $2 的证书。']],
    remedy: [[/^Upload a certificate for (.*), or.*$/s, '请为 $1 上传证书，或在 tls.certificates 中指定文件。']],
  },
  CERTIFICATE_EXPIRED: {
    sentence: [[/^The certificate for (.*) expired on (.*?):.*$/s, '$1 的证书已于 $2 过期，浏览器和编码器会拒绝。']],
    remedy: RENEW,
  },
  CERTIFICATE_EXPIRING: {
    sentence: [[/^The certificate for (.*) expires in (\d+) days?, on (.*)\.$/s, '$1 的证书将在 $2 天后（$3）过期。']],
    remedy: RENEW,
  },
} as const satisfies ChineseTable;

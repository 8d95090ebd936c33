import type { ChineseTable } from './in-chinese.ts';

const RENEW = '请续期，并上传或替换证书文件。';

/** 安全提示。 */
export const POSTURE_ZH = {
  PLAY_OPEN: {
    sentence: [
      [
        /^Anyone who reaches the playback port may watch\. Domains: (.*)\.$/s,
        '能访问播放端口的人都可以观看。域名：$1。',
      ],
    ],
    remedy: '请把 play.auth 设为带密钥的 type_a，或让播放只监听 127.0.0.1。',
  },
  PUSH_OPEN: {
    sentence: [
      [
        /^Anyone who reaches the RTMP port may publish\. Domains: (.*)\.$/s,
        '能访问 RTMP 端口的人都可以推流。域名：$1。',
      ],
    ],
    remedy: '请把 push.auth 设为带密钥的 type_a，或用 push.ip 限制地址。',
  },
  PLAIN_HTTP: {
    sentence: [[/^Playback on (.*) is plain HTTP:.*$/s, '$1 上的播放是明文 HTTP：签名地址可能在途中被读取。']],
    remedy: '请上传或申请证书，设置 tls.certFile 和 tls.keyFile，或在前面放置 HTTPS 代理并写入 trustedProxies。',
  },
  CONTROL_PLAIN_HTTP: {
    sentence: [
      [
        /^The console and the API on (.*) are plain HTTP:.*$/s,
        '$1 上的控制台和 API 是明文 HTTP：密码可能在途中被读取。',
      ],
    ],
    remedy: '请把 control.host 设为 127.0.0.1，并通过 HTTPS 代理或 SSH 隧道访问。',
  },
  METRICS_OPEN: {
    sentence: [[/^Anyone who reaches (.*) may read the metrics\.$/s, '能访问 $1 的人都可以读取监控指标。']],
    remedy: '请设置 metrics.bearerToken，或把 metrics.host 设为 127.0.0.1。',
  },
  UNSIGNED_CALLBACK: {
    sentence: [[/^Callbacks are not signed.*: (.*)\.$/s, '回调没有签名，任何人都可以向接收方伪造：$1。']],
    remedy: '请为每个回调设置密钥，并在接收端校验签名。',
  },
  CLEAR_DOOR: {
    sentence: [
      [
        /^Streams that are encrypted for HLS .* in: (.*)\.$/s,
        '以下域名中 HLS 加密的流仍可通过 FLV 或 RTMP 明文获取：$1。',
      ],
    ],
    remedy: '如不允许明文播放，请把该域名的 play.protocols 设为 [hls]。',
  },
  SHARED_KEY: {
    sentence: [
      [/^One key is used in more than one place: (.*)\. Who.*$/s, '同一密钥用于多处：$1。得到其一即得到全部。'],
    ],
    remedy: '请各用各的密钥；借助 key1 和 key2 可以不中断地更换。',
  },
  SHORT_KEY: {
    sentence: [
      [/^Keys shorter than (\d+) characters can be guessed: (.*)\.$/s, '短于 $1 个字符的密钥可能被猜到：$2。'],
    ],
    remedy: '请换成 16 至 32 个字符的随机密钥。',
  },
  OLD_KEY: {
    sentence: [[/^Keys have been the same for more than (\d+) days: (.*)\.$/s, '密钥超过 $1 天未更换：$2。']],
    remedy: '请更换；借助 key1 和 key2 可以不中断地更换。',
  },
  SHARED_NAMES: {
    sentence: [
      [
        /^Where streams of these domains .*: (.*)\.$/s,
        '这些域名中应用名和流名相同的流，其录制或截图会得到相同的文件名：$1。',
      ],
    ],
    remedy: '请在 object、sliceObject、overwrite 和 sequence 中加入 {DomainName}，或为其中一个域名指定另外的存储。',
  },
  CERTIFICATE_EXPIRED: {
    sentence: [[/^Certificates have expired.*: (.*)\.$/s, '证书已过期，观众会拒绝连接：$1。']],
    remedy: RENEW,
  },
  CERTIFICATE_EXPIRES_3: {
    sentence: [[/^Certificates expire .*: (.*)\.$/s, '证书将在三天内过期：$1。']],
    remedy: RENEW,
  },
  CERTIFICATE_EXPIRES_14: {
    sentence: [[/^Certificates expire .*: (.*)\.$/s, '证书将在两周内过期：$1。']],
    remedy: RENEW,
  },
  CERTIFICATE_EXPIRES_30: {
    sentence: [[/^Certificates expire .*: (.*)\.$/s, '证书将在一个月内过期：$1。']],
    remedy: RENEW,
  },
  NO_DATABASE: {
    sentence: '没有数据库：回调、会话和规则只保存在本机。',
    remedy: '请把 databaseUrl（DATABASE_URL）设为一个 PostgreSQL 服务器。',
  },
} as const satisfies ChineseTable;

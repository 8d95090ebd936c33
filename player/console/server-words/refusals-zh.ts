import type { ChineseTable } from './in-chinese.ts';

/** 推流或播放被拒绝的原因，也用于地址诊断的结论。 */
export const REFUSALS_ZH = {
  DOMAIN_STOPPED: { sentence: '该域名已停用。', remedy: '请在域名规则中启用它（enabled）。' },
  SIGNATURE_MISSING: { sentence: '该域名要求签名地址，但地址没有签名。', remedy: '请用地址生成器生成签名地址。' },
  SIGNATURE_INVALID: {
    sentence: '签名与路径、时间和密钥不符。',
    remedy: '请用该域名的密钥重新签名，并核对应用名和流名。',
  },
  SIGNATURE_EXPIRED: { sentence: '签名已过期。', remedy: '请重新签名；同时检查签名机器的时钟。' },
  STREAM_KEY_INVALID: { sentence: '推流密钥不适用于该直播流。', remedy: '请检查推流密钥，以及它适用的应用和流。' },
  SESSION_EXPIRED: { sentence: '播放会话已过期。', remedy: '请重新打开播放地址。' },
  SESSION_INVALID: { sentence: '播放会话属于另一个直播流。', remedy: '请重新打开播放地址。' },
  IP_DENIED: { sentence: '该 IP 地址被名单拒绝。', remedy: '请检查域名的 IP 黑白名单。' },
  REFERER_DENIED: { sentence: 'Referer 被名单拒绝。', remedy: '请检查域名的 Referer 防盗链。' },
  USER_AGENT_DENIED: { sentence: 'User-Agent 被名单拒绝。', remedy: '请检查域名的 User-Agent 黑白名单。' },
  COUNTRY_DENIED: { sentence: '所在国家/地区被名单拒绝。', remedy: '请检查域名的国家/地区名单。' },
  PROTOCOL_DENIED: { sentence: '该域名不允许用此协议播放。', remedy: '请换用其他协议，或修改 play.protocols。' },
  REMOTE_DENIED: { sentence: '远程鉴权服务拒绝了请求。', remedy: '请检查鉴权服务的答复。' },
  REMOTE_UNAVAILABLE: { sentence: '远程鉴权服务没有及时给出可用的答复。', remedy: '请检查鉴权服务。' },
  REVOKED: { sentence: 'uid、会话或推流密钥已被吊销。', remedy: '请从规则的吊销列表中移除，或换一个。' },
  BLOCKED: { sentence: '该直播流已被封禁。', remedy: '请等待到期，或在直播流页面解除封禁。' },
  USED: { sentence: '一次性签名已被使用过。', remedy: '请重新签名。' },
  LIMIT: {
    sentence: [
      [/^The URL is refused:.*$/s, '推流数或观众数已达规则上限。'],
      [/^(.*)$/s, '已达上限：$1'],
    ],
  },
  DRAINING: { sentence: '服务器即将停止。', remedy: '请重新连接：连接其他服务器，或稍后再连接本服务器。' },
  OVERLOADED: { sentence: '服务器暂时无法接纳新的连接。', remedy: '请稍后重试；已有的连接不受影响。' },
  EGRESS_LIMIT: { sentence: '该域名或应用的播放带宽已达上限。', remedy: '请稍后重试，或提高 limits.egressMbps。' },
} as const satisfies ChineseTable;

/** 地址诊断的其他结论，以及域名的状态。 */
export const VERDICTS_ZH = {
  OK: {
    sentence: [
      [/^This URL plays\.$/s, '该地址可以播放。'],
      [/^This URL may publish\.$/s, '该地址可以推流。'],
    ],
    remedy: '无需操作。',
  },
  STREAM_NOT_LIVE: {
    sentence: [[/^The URL is let in, but .*$/s, '地址可用，但该直播流没有在直播。']],
    remedy: '请启动编码器，或核对应用名和流名。',
  },
  STREAM_BUSY: {
    sentence: '地址可用，但已有人在用这个名称推流。',
    remedy: '请停止另一个编码器，或把流的 publish.secondPublisher 设为 takeover。',
  },
  online: {
    sentence: [
      [/^(.*) is reached under any name of this machine\.$/s, '$1 可通过本机的任何名称访问。'],
      [/^(.*) leads here\.$/s, '$1 指向本机。'],
    ],
  },
  configuring: { sentence: [[/^(.*) do(es)? not lead here yet\.$/s, '$1 尚未指向本机。']] },
  stopped: { sentence: [[/^(.*) is stopped:.*$/s, '$1 已停用：不能推流和播放。']] },
} as const satisfies ChineseTable;

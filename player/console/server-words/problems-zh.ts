import type { ChineseTable } from './in-chinese.ts';

const ASK_ADMIN = '请联系管理员授权。';
const AGAIN = '请稍后重试。';
const LOOK_AGAIN = '请刷新查看最新内容，然后重新修改。';
const IN_PART = '请按提示修改相应字段。';

/** 操作被拒绝的原因，按错误码。 */
export const PROBLEMS_ZH = {
  BAD_REQUEST: { sentence: [[/^(.*)$/s, '请求有误：$1']], remedy: IN_PART },
  NOT_FOUND: { sentence: '没有找到。', remedy: '它可能已被删除，请刷新。' },
  INTERNAL: { sentence: '服务器内部错误。', remedy: '请查看日志。' },
  BAD_RANGE: { sentence: [[/^(.*)$/s, '时间范围有误：$1']], remedy: '请给出结束晚于开始的时间范围。' },
  BAD_CURSOR: { sentence: '翻页位置已失效。', remedy: '请刷新页面。' },
  UNSUPPORTED_MEDIA_TYPE: { sentence: '请求内容不是 JSON。' },
  IDEMPOTENCY_KEY_INVALID: { sentence: 'Idempotency-Key 无效。' },
  IDEMPOTENCY_KEY_REUSED: { sentence: 'Idempotency-Key 已用于其他请求。' },
  IDEMPOTENCY_UNFINISHED: { sentence: '上一次相同的请求尚无结果。', remedy: AGAIN },

  NOT_LOGGED_IN: { sentence: '未登录，或登录已失效。', remedy: '请重新登录。' },
  WRONG_PASSWORD: { sentence: '密码不正确。', remedy: '请输入您登录时使用的密码。' },
  TOTP_MISSING: { sentence: '需要验证码。', remedy: '请输入身份验证器当前显示的验证码，或使用恢复码。' },
  TOTP_WRONG: { sentence: '验证码不正确。', remedy: '请输入身份验证器当前显示的验证码，并检查时钟。' },
  TOTP_REQUIRED: { sentence: '您的角色要求启用两步验证。', remedy: '请在“我的账户”中设置。' },
  TOTP_ALREADY: { sentence: '两步验证已经启用。', remedy: '请先关闭，再重新设置。' },
  TOTP_NOT_BEGUN: { sentence: '尚未开始设置两步验证。', remedy: '请从头开始设置。' },
  TOO_MANY_TRIES: { sentence: '尝试次数过多。', remedy: '请等待一分钟。' },
  BUSY: { sentence: '服务器正忙。', remedy: AGAIN },
  NOT_ALLOWED: {
    sentence: [
      [/^you may not (.*) here$/s, '您没有 $1 的权限。'],
      [/^.*$/s, '您没有此权限。'],
    ],
    remedy: ASK_ADMIN,
  },
  DENIED: {
    sentence: [[/^a statement of your policy denies (.*) here$/s, '您的策略中有一条明确拒绝了 $1。']],
    remedy: ASK_ADMIN,
  },
  NOT_YOURS_TO_GIVE: { sentence: '不能授予、收回或接管自己没有的权限。', remedy: '请联系拥有该权限的人。' },
  LAST_ADMIN: { sentence: '这样将没有人拥有全部权限。', remedy: '请先让另一个有密码的用户成为 admin。' },
  NAME_TAKEN: { sentence: '该名称已被使用。', remedy: '请换一个名称。' },
  USER_NOT_FOUND: { sentence: '没有这个用户。', remedy: '请刷新用户列表。' },
  KEY_NOT_FOUND: { sentence: '没有这个访问密钥。', remedy: '请刷新密钥列表。' },
  SESSION_NOT_FOUND: { sentence: '没有这个会话，可能已经结束。', remedy: '请刷新会话列表。' },
  PASSWORD_WEAK: {
    sentence: '密码太弱：须为 12 至 256 个字符，字符不可过于单一，且不得与用户名相同。',
    remedy: '请换一个更长的密码，几个单词即可。',
  },
  NOT_A_PERSON: { sentence: '访问密钥没有账户。', remedy: '请以用户身份登录。' },
  NO_MAKER: { sentence: '临时密钥不能再创建其他密钥。', remedy: '请使用访问密钥，或登录。' },
  MASTER_KEY_UNKNOWN: {
    sentence: '数据由另一个主密钥加密，本机没有该密钥。',
    remedy: '请恢复原来的 masterKey 或 master.key。',
  },
  DATABASE_UNAVAILABLE: { sentence: '数据库不可用。', remedy: '直播不受影响；请检查数据库，恢复后再试。' },

  INVALID_RULES: { sentence: [[/^(.*)$/s, '规则有误：$1']], remedy: IN_PART },
  FILE_OBJECT: { sentence: '该对象写在规则文件中，在此只读。', remedy: '请修改规则文件。' },
  ALREADY_THERE: { sentence: '同名对象已存在。', remedy: '请修改已有对象，或换一个名称。' },
  PRECONDITION_FAILED: { sentence: '其他人已修改此内容。', remedy: LOOK_AGAIN },
  PRECONDITION_REQUIRED: { sentence: '缺少 If-Match。', remedy: '请先读取，再带上其 ETag 修改。' },
  RULES_CHANGED: { sentence: '规则在此期间已在相同位置被修改。', remedy: LOOK_AGAIN },
  RULES_UNAVAILABLE: { sentence: '数据库暂时无法保存规则的修订。', remedy: '请等待数据库恢复，或使用规则文件。' },
  SAME_PERSON: { sentence: '不能审批自己提出的变更。', remedy: '请由另一人审批。' },
  ALREADY_DECIDED: { sentence: '该变更已被处理。', remedy: '请刷新审批列表。' },
  APPROVAL_EXPIRED: { sentence: '该变更超过期限无人处理。', remedy: '请重新提出变更。' },
  NO_BACKUP: { sentence: '没有可以启用的备用密钥。', remedy: '请先添加备用密钥。' },
  STEP_UNKNOWN: { sentence: '无法判断哪个密钥更新。', remedy: '请选择步骤：添加备用密钥，或启用备用密钥。' },
  BAD_URL: { sentence: [[/^(.*)$/s, '地址无法识别：$1']] },
  BAD_UID: { sentence: 'uid 不能含有连字符和空白。' },
  NO_BACKUP_KEY: { sentence: '没有备用密钥。', remedy: '请设置 key2，或使用主密钥签名。' },
  UNKNOWN_HOST: { sentence: '没有域名使用这个主机名。', remedy: '请把它加入某个域名。' },

  UPGRADE_REQUIRED: {
    sentence: '该地址只通过 WebSocket 提供事件。',
    remedy: '请使用 ws:// 连接，或请求 GET /events。',
  },
  OUT_OF_REACH: { sentence: '排行只保留最近一天。', remedy: '请不填开始时间，或改为查询用量。' },

  TASK_ALREADY_STARTED: { sentence: '该直播流已在录制。', remedy: '请先停止，再开始。' },
  TASK_NOT_STARTED: { sentence: '该直播流没有在录制。', remedy: '请先开始录制。' },
  NOTHING_DELAYED: { sentence: '没有正在等待延迟结束的录制文件。', remedy: '请先停止录制。' },
  STREAM_NOT_LIVE: {
    sentence: '该直播流没有在推流，或没有规则录制它。',
    remedy: '请先推流，或为它启用 record.enabled。',
  },

  CLIP_RANGE: { sentence: '剪辑的时长无效。', remedy: '结束须晚于开始，时长为 1 至 3600 秒。' },
  CLIP_IN_FUTURE: { sentence: '所选时间尚未到来。', remedy: '请选择已经过去的时间。' },
  NOTHING_TO_CLIP: {
    sentence: '存档中没有该时间的内容。',
    remedy: '请启用 record.enabled 或 timeShift.enabled，并检查时间。',
  },
  CLIPS_BUSY: { sentence: '正在制作的剪辑过多。', remedy: '请一分钟后重试。' },
  CLIP_MAKING: { sentence: '剪辑正在制作。', remedy: AGAIN },
  CLIP_FAILED: { sentence: '剪辑制作失败。', remedy: '请重新剪辑。' },
  CLIP_EXPIRED: { sentence: '剪辑已过期并删除。', remedy: '请重新剪辑。' },
  CLIP_NOT_FOUND: { sentence: '没有这个剪辑，可能已被删除。' },
  NOT_MARKABLE: { sentence: '该直播流没有在直播，或没有保存。', remedy: '请先按录制规则推流。' },
  MARKER_TIME: { sentence: '该时间不能打点。', remedy: '请选择直播流经历过的时间。' },
  MARKERS_FULL: { sentence: '该直播流当天的打点已满。', remedy: '明天可以继续。' },
  MARKERS_UNWRITABLE: { sentence: '打点无法写入磁盘。', remedy: '请运行 headwater doctor 检查。' },
  MARKER_NOT_FOUND: { sentence: '没有这个打点。' },
  TOO_MANY_PRESSES: { sentence: '操作过于频繁。', remedy: AGAIN },

  OBJECT_NOT_FOUND: { sentence: '文件不存在。', remedy: '它可能已被删除，请刷新。' },
  STORAGE_FULL: { sentence: '存储空间或配额已满。', remedy: '请腾出空间，等待中的文件随后上传。' },
  STORAGE_REFUSED: {
    sentence: '存储拒绝访问：凭证、权限、存储桶、地域或加密设置有误。',
    remedy: '请运行 headwater doctor；修复后自动上传。',
  },
  STORAGE_UNREACHABLE: { sentence: '存储没有应答。', remedy: '请检查 endpoint；恢复后自动上传。' },
  STORAGE_FAILED: { sentence: '存储出错。', remedy: '请查看存储的日志。' },

  UNDER_WAY: { sentence: '该回调正在发送。', remedy: AGAIN },
  FROM_FILE: { sentence: '该证书来自配置文件。', remedy: '请在配置的 tls 中去掉它。' },
  ACME_OFF: { sentence: '尚不能申请证书。', remedy: '请阅读颁发机构的条款，然后把 tls.acme.termsAgreed 设为 yes。' },
  NOT_ISSUED: {
    sentence: [[/^the authority gave no certificate: (.*)$/s, '颁发机构没有签发证书：$1']],
    remedy: '请确认主机名指向本机，且 80 端口通向播放端口。',
  },

  ASSET_NOT_FOUND: { sentence: '没有这个媒资。', remedy: '请刷新列表；它可能在回收站中。' },
  ASSET_NOT_READY: { sentence: '媒资尚未上传完成。', remedy: '请等待上传结束，或重新上传。' },
  ASSET_BLOCKED: { sentence: '媒资已被屏蔽。', remedy: '请先解除屏蔽。' },
  ASSET_UNPUBLISHED: { sentence: '媒资尚未发布。', remedy: '请先发布，或使用 PlayAuth、审核链接播放。' },
  ASSET_NOTHING_PLAYS: { sentence: '媒资没有可播放的文件。', remedy: '请等待转码完成，或提交转码。' },
  ASSET_FILE_NOT_FOUND: { sentence: '媒资没有这个文件。', remedy: '请刷新页面。' },
  ASSET_ENCRYPTED: { sentence: '密钥只提供给持有令牌的播放器。', remedy: '请用 PlayAuth 或签名地址打开播放列表。' },
  PREVIEW_NEEDS_HLS: { sentence: '试看需要 HLS，而该媒资没有。', remedy: '请先转码为 HLS（m3u8）。' },
  PREVIEW_ONLY: { sentence: '只能试看开头部分。', remedy: '请使用没有试看限制的令牌。' },
  PLAY_TOKEN_INVALID: { sentence: '播放令牌不属于该媒资。', remedy: '请为该媒资重新获取 PlayAuth。' },
  PLAY_TOKEN_EXPIRED: { sentence: '播放令牌已过期。', remedy: '请重新获取 PlayAuth。' },
  PLAY_TOKEN_ELSEWHERE: { sentence: '播放令牌只适用于其他地址或域名。', remedy: '请为当前地址重新获取 PlayAuth。' },
  PLAY_TOKEN_REVOKED: { sentence: '播放令牌已被吊销。', remedy: '请重新获取 PlayAuth。' },
  DOMAIN_NOT_FOUND: { sentence: '没有这个播放域名。', remedy: '请选择规则中的域名。' },
} as const satisfies ChineseTable;

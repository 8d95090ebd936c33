/** 字段说明的中文，以英文原文为键；scripts/form-words.test.ts 保证每个表单的每条说明都有中文。 */
export const CHINESE_HINTS: Readonly<Record<string, string>> = {
  // 通用
  'Your own words, such as team: shop; lists are filtered by them': '自定义的键值，例如 team: shop；列表可按其筛选',
  'Names it in lists, logs and metrics': '在列表、日志和指标中的名称',
  'Names it in lists': '在列表中的名称',
  'From then on; empty for at once': '从此时开始；留空表示立即',
  'Until then; empty for ever': '到此时为止；留空表示一直',
  'Which streams': '适用于哪些流',
  'A storage of the configuration': '配置中的存储名称',

  // 域名与应用
  "The playback domain's name: what viewers' URLs and the stream's identity carry":
    '播放域名的名称：观众的 URL 和流的标识都使用它',
  'False stops it: nobody publishes to it or plays from it, and who does is sent away':
    '关闭即停用：不能推流也不能播放，正在进行的会被断开',
  'Host names that encoders push to and that map to this domain': '编码器推流使用、并归属此域名的主机名',
  'Those of `ingest` through which backups of streams are pushed; any other backup says `backup=1`':
    '`ingest` 中用于推备用流的主机名；其他备用推流须带 `backup=1`',
  'Further host names that viewers may use for this domain, for ever or until a date':
    '观众还可以使用的主机名，可长期有效或到某日为止',
  "`type_a` is ApsaraVideo Live's own; `type_b` and `type_c` are those of its CDN; `no_auth` lets everyone in":
    '`type_a` 是 ApsaraVideo Live 的方式；`type_b`、`type_c` 是其 CDN 的方式；`no_auth` 不鉴权',
  'Main key, 16-32 characters': '主密钥，16–32 个字符',
  'Backup key: equally valid, so that the main key can be changed without a gap':
    '备密钥：同样有效，便于无中断地更换主密钥',
  'A URL is valid until its timestamp plus this': 'URL 的有效期为其时间戳加上此时长',
  'Whether lasting stream keys (`{stream}?key=...`, our own) are accepted too':
    '是否也接受长期有效的推流密钥（`{stream}?key=...`，本服务自有）',
  '`headers` is answered by the status; `srs` posts the hooks of SRS, answered by 200 and a code of 0':
    '`headers` 以状态码作答；`srs` 发送 SRS 的回调，以 200 和 code 0 作答',
  'What happens when the server does not answer in time, or with a code in neither list':
    '鉴权服务器超时，或返回的状态码不在两个列表中时如何处理',
  'Which arguments of the request go along: all of them, none, or those named':
    '转发请求中的哪些参数：全部、不转发，或仅列出的',
  'Megabits a second that publishers send; while it is reached no further one is let in':
    '推流总带宽（Mb/s）；达到后不再接受新的推流',
  'Megabits a second to viewers; while it is reached no further one is let in':
    '发往观众的总带宽（Mb/s）；达到后不再接受新的观众',
  'Renditions that are encoded at once': '同时转码的路数',
  "How long an HLS session's token lives; it is renewed by opening the signed URL again":
    'HLS 会话令牌的有效时长；重新打开签名 URL 即可续期',
  '`query` gives all viewers the same segment paths, for a CDN in front; `path` the same bytes':
    '`query`：所有观众的分片路径相同，适合前置 CDN；`path`：所有观众的播放列表字节相同',
  'A signed URL opens one session only': '一个签名 URL 只能打开一个会话',
  'Sessions at once for one uid of the signature; 0 for any number': '签名中同一 uid 可同时打开的会话数；0 表示不限',
  'Viewers who come by HTTP are sent to HTTPS': '通过 HTTP 访问的观众跳转到 HTTPS',
  'For so long browsers come by HTTPS of themselves (Strict-Transport-Security); 0 says nothing':
    '浏览器在此时长内自动使用 HTTPS（Strict-Transport-Security）；0 表示不发送',
  'Limits of its apps, each of its own, within those of the domain; of several that match an app the most specific counts':
    '各应用自己的限额，不超过域名的限额；多条匹配时以最具体的为准',

  // 流规则：推流与分发
  'A second publisher for a name that is live. A ghost is replaced either way.':
    '同名流正在直播时又有推流端接入；僵尸推流总会被替换。',
  "How long viewers are kept after the publisher's connection is lost": '推流断开后，观众保留多久',
  'Wait after a clean end too': '正常结束推流后也等待',
  'With no data for this long, a second publisher takes the stream over': '无数据达到此时长，另一个推流端即可接管',
  'With no data for this long, the publisher is disconnected': '无数据达到此时长，断开推流端',
  'Packets are gathered this long before they are written to FLV and RTMP viewers; 0 writes each video frame':
    '向 FLV 和 RTMP 观众发送前合并多久的数据；0 表示逐帧发送',
  'A viewer further behind, in time or in bytes, skips to the next key frame':
    '观众落后超过此时长或字节数，则跳到下一个关键帧',
  'A viewer that is still behind its queue this long is closed': '观众持续落后达到此时长，则断开',
  'A request for a stream that is not live is held this long before the 404': '请求的流尚未直播时，等待多久再返回 404',
  'What `.m3u8` without `?container=` gives: fragmented MP4 with low latency, or MPEG-TS':
    '不带 `?container=` 的 `.m3u8` 返回什么：低延迟的 fMP4，或 MPEG-TS',
  'Package from the start of the publish, not from the first viewer': '从推流开始就打包，而不是从第一个观众开始',

  // 流规则：备用编码器与垫片
  'Whether a backup may be pushed beside the main source': '是否允许在主源之外推备用流',
  'Without a picture for so long the source on air gives way': '当前源无画面达到此时长即切换',
  'A source that falls this far behind within ten seconds gives way to one that does not; 0 for never':
    '十秒内落后达到此时长的源让位给未落后的源；0 表示从不',
  'When the main source takes over again: `never` leaves it to an operator': '何时切回主源：`never` 表示由操作人员决定',
  'So long without a stall the main source is well': '主源无停顿达到此时长即视为恢复',
  'How long viewers of a stream without any encoder are kept by it; 0 for no slate':
    '没有任何编码器时，用垫片保留观众多久；0 表示不使用垫片',
  'A picture (png, jpg) or a video (mp4, mov, mkv, webm) in the folder of slates; left out, plain colour':
    '垫片文件夹中的图片（png、jpg）或视频（mp4、mov、mkv、webm）；不填则为纯色',
  'Without a file, and around one of another shape': '没有文件时的颜色，或比例不同时四周的颜色',
  'Without a picture for so long the stream shows it': '无画面达到此时长后显示垫片',
  'After a clean end of the publish, too': '正常结束推流后也显示',

  // 流规则：转码与水印
  'Templates by name, built-in ones such as `lsd` or those of `templates`: each gives `{stream}_{template}`':
    '模板名称，可为 `lsd` 等内置模板或 `templates` 中的模板；每个模板生成 `{stream}_{template}`',
  'Groups of `templateGroups`: their templates are made too, and each group gives `{stream}_{group}.m3u8`':
    '`templateGroups` 中的模板组：组内模板也会转码，每组生成 `{stream}_{group}.m3u8`',
  'Watermarks by name, drawn on every rendition whose pictures are encoded; never on the source':
    '水印名称，叠加在每一路重新编码画面的转码流上，不会叠加在源流上',
  'Renditions start with their first viewer and stop 30 s after the last, not with the publish':
    '有第一个观众时才开始转码，最后一个观众离开 30 秒后停止，而不随推流启停',
  'Of these templates the renditions start with the publish, although the others are lazy':
    '这些模板随推流开始转码，其余仍按需转码',
  "After the stream's name and an underscore": '接在流名和下划线之后',
  'Whether the ladder begins with the stream as it was published': '多码率列表是否以源流开头',
  "`copy` passes the source's pictures through; only audio is encoded anew, if at all":
    '`copy` 直接使用源流画面，最多只重新编码音频',
  "The shorter side of the picture in pixels; never more than the source's. Left out: the source's size.":
    '画面短边的像素数，不会超过源流；不填则与源流相同。',
  "Never more than the source's": '不会超过源流',
  "In percent of the source's bitrate, as it is measured; `bitrateKbps` is the most":
    '按实测源流码率的百分比；`bitrateKbps` 为上限',
  'Pictures are left out to get there, never added': '通过丢帧降低帧率，不会补帧',
  "In percent of the source's pictures a second, as they are measured; `fps` is the most":
    '按实测源流帧率的百分比；`fps` 为上限',
  'The longest time between key frames. Key frames of the source are key frames here in any case.':
    '关键帧的最大间隔；源流的关键帧在此总是关键帧。',
  "`copy` passes the source's sound through where the rendition can carry it, else makes AAC of it":
    '`copy` 在可行时直接使用源流音频，否则转为 AAC',
  '`none` makes a rendition of sound alone': '`none` 生成纯音频流',
  '`quality` lets the encoder look ahead, which adds about a second of delay':
    '`quality` 允许编码器前瞻，约增加一秒延迟',
  'Watermarks by name, drawn on this rendition beside those of the stream': '水印名称，在流的水印之外叠加在该转码流上',
  'A PNG in the folder of watermarks; with its transparency': '水印文件夹中的 PNG，保留透明度',
  'Drawn as it is: nothing in it is a variable or a command': '按原文绘制，不解释变量或命令',
  'Of the image, whose width follows, or of a line of text': '图片的高度（宽度按比例），或一行文字的高度',
  'Of the text': '文字的颜色',
  'From the corner towards the middle': '从角落向中心的距离',
  "As ApsaraVideo counts: 0 can't be seen, 255 lets nothing through": '与 ApsaraVideo 相同：0 完全透明，255 完全不透明',

  // 流规则：加密、录制、存档、时移
  '`aes-128`: whole segments, as every HLS player can read them (RFC 8216, 4.3.2.4)':
    '`aes-128`：整个分片加密，所有 HLS 播放器都能播放（RFC 8216，4.3.2.4）',
  'Segments that begin after this have the next key': '超过此时长后开始的分片使用下一个密钥',
  "The renditions that are recorded, by their templates' names": '要录制的转码流，以模板名称列出',
  'Renditions that are recorded too': '同时录制的转码流',
  'A publisher who is back within this time goes on with the same file, which is made after it':
    '推流端在此时间内恢复，则继续录在同一文件中；文件在此之后生成',
  '`callback`: `onDemandUrl` is asked at each publish; `manual`: only commands begin a recording':
    '`callback`：每次推流时询问 `onDemandUrl`；`manual`：仅由命令开始录制',
  'Recorded from then on, until then; both or none, and at most seven days':
    '录制的起止时间；须同时填写或都不填，最长七天',
  'When recordings run; left out, always': '录制的时间表；不填表示始终录制',
  'Whether callbacks hear that a recording began, paused and went on, beside of its files':
    '除文件外，是否也回调录制的开始、暂停和恢复',
  'Files are deleted from their storage after so many days; 0 keeps them': '文件在此天数后从存储删除；0 表示一直保留',
  'Files move to `coldStorage` after so many days; 0 leaves them where they are':
    '文件在此天数后移到 `coldStorage`；0 表示不移动',
  'What of it comes into the library (docs/library.md)': '哪些录制进入媒资库（docs/library.md）',
  '`files`: each file becomes an asset; `composed`: all files of a stream, when it has been over for a while':
    '`files`：每个文件成为一个媒资；`composed`：直播结束一段时间后，其所有文件合成一个媒资',
  'Which of the formats that are recorded': '使用哪一种录制格式',
  'So long after its last file a stream counts as over': '最后一个文件之后经过此时长，视为直播已结束',
  '{AppName} {StreamName} {StartTime}': '可用变量：{AppName} {StreamName} {StartTime}',
  'The group of templates; empty for the usual one': '模板组；留空使用默认组',
  'The number of a category; 0 for none': '分类编号；0 表示无分类',
  'A file is cut at the first segment boundary after so long': '达到此时长后，在下一个分片边界切分文件',
  "The file's name with ApsaraVideo's variables; the extension is added":
    '文件名，可使用 ApsaraVideo 的变量；扩展名自动添加',
  'How long the objects are that the file lists': '文件所列切片的时长',
  'Earlier than `from`: of the next day': '早于 `from` 表示次日',
  'An IANA time zone, whose clock `from` and `to` are read from': 'IANA 时区，`from` 和 `to` 按其时钟计算',
  'The most that is kept of one stream, the oldest goes first; 0 for any amount':
    '每路流最多保留的数据量，先删最旧的；0 表示不限',
  'A storage that the archive is copied to, after which the copy here may go; empty for none':
    '存档复制到的存储，复制后本地副本可以删除；留空表示不复制',
  'So long the copy here stays after that, for what is often read; 0 for ten minutes':
    '复制后本地副本再保留多久，供频繁读取；0 表示十分钟',
  "Whether viewers can go back in renditions too; ApsaraVideo's IgnoreTranscode is the opposite":
    '转码流是否也可时移；与 ApsaraVideo 的 IgnoreTranscode 相反',
  'So much is in the live playlist itself; older moments have playlists of their own':
    '直播播放列表自身包含的时长；更早的内容使用单独的播放列表',

  // 流规则：截图、审核、健康检测
  "The picture's shorter side in pixels, never more than the source's; left out, it is the source's":
    '图片短边的像素数，不会超过源流；不填则与源流相同',
  'Pictures of `sequence` are deleted after so many days; 0 keeps them':
    '`sequence` 截图在此天数后删除；0 表示一直保留',
  'Whether small pictures are kept for scrubbing, in memory and with what is archived':
    '是否保留用于进度条预览的小图（内存中以及随存档）',
  'The shorter side of a small picture, in pixels': '小图短边的像素数',
  'How far back the small pictures in memory reach; there are at most 180, the older the further apart':
    '内存中的小图覆盖多久；最多 180 张，越旧间隔越大',
  'Who looks at the pictures': '由谁审核图片',
  'Signs what is sent, as Standard Webhooks do': '按 Standard Webhooks 对发送内容签名',
  '`image`: the JPEG itself; `json`: an object that has it in base64':
    '`image`：JPEG 本身；`json`：含 base64 图片的对象',
  'Pictures at once on their way to this URL, of all streams': '所有流同时发往该 URL 的图片数',
  'What comes of three pictures in a row without a usable answer: nothing, or the end of the publish':
    '连续三张图片没有有效答复时：不处理，或结束推流',
  'Seen by snapshots': '由截图判断',
  'Seen by snapshots: slides that change less often are told as frozen': '由截图判断：更换更慢的幻灯片也会被视为静止',
  'Digital silence; quiet is not silent': '数字静音；音量小不算静音',
  'Whether it is an alarm when the stream is not live; the rule must match one app and stream by name':
    '流未直播时是否告警；该规则须按名称匹配唯一的应用和流',
  'When it is expected, with `schedule`': '配合 `schedule`，预期直播的时间',
  'Expected and not live for so long: `STREAM_OFFLINE`': '应直播而未直播达到此时长：`STREAM_OFFLINE`',
  'Less than this is `BITRATE_LOW`; 0: less than a third of what the stream has been sending':
    '低于此值为 `BITRATE_LOW`；0 表示低于该流此前码率的三分之一',
  'Less than this is `FPS_LOW`; 0: clearly less than the encoder declares':
    '低于此值为 `FPS_LOW`；0 表示明显低于编码器声明的帧率',

  // 拉流与转推
  'The stream that it becomes; a pattern only where `mode` is `lazy`':
    '拉取后成为哪路流；仅 `mode` 为 `lazy` 时可用通配',
  'The first is taken as long as it gives something, else the next; `{app}` and `{stream}` are filled in':
    '优先使用第一个，不可用时使用下一个；`{app}` 和 `{stream}` 会被替换',
  '`lazy` begins with the first viewer, and ends some time after the last one':
    '`lazy` 有第一个观众时开始，最后一个离开一段时间后结束',
  '`backup`: it stands by for the encoder of the stream, which takes turns with it by the rule':
    '`backup`：作为该流编码器的备用，按流规则切换',
  'How long a lazy pull goes on without viewers': '按需拉流在无观众后保持多久',
  'Streams that a lazy pull of a pattern has at once': '通配的按需拉流最多同时拉取的流数',
  'Names the destination': '转推目标的名称',
  'The server and its app, without the stream': '服务器和应用，不含流名',
  'The name of the stream there, with what is signed: the stream key': '目标端的流名，含签名部分，即推流码',
  '`{app}` and `{stream}` are filled in': '`{app}` 和 `{stream}` 会被替换',

  // 回调
  'Names the endpoint in logs, metrics and the delivery queue': '在日志、指标和投递队列中的名称',
  'Names the endpoint in logs, metrics and the delivery queue; no callback of streams may have it':
    '在日志、指标和投递队列中的名称；不能与流回调重名',
  "`apsara`: GET with ApsaraVideo's fields; `json`: POST in Standard Webhooks form; `srs`: the hooks of SRS":
    '`apsara`：GET，带 ApsaraVideo 的字段；`json`：POST，Standard Webhooks 形式；`srs`：SRS 的回调',
  'Signs the callbacks: MD5 over domain, time and key for `apsara`, HMAC-SHA256 for `json` and `srs`':
    '对回调签名：`apsara` 为域名、时间和密钥的 MD5，`json`、`srs` 为 HMAC-SHA256',
  'What it hears of. Left out: `publish` and `publish_done` for `apsara`, these and `record_file` for `srs`, everything but snapshots for `json`.':
    '接收哪些事件。不填时：`apsara` 为 `publish`、`publish_done`，`srs` 另加 `record_file`，`json` 为除截图外的全部。',
  'False: nothing new is told there': '关闭后不再发送新事件',
  '`json`: POST in Standard Webhooks form; `vod`: the event notifications of ApsaraVideo VOD':
    '`json`：POST，Standard Webhooks 形式；`vod`：ApsaraVideo VOD 的事件通知',
  'Signs the callbacks: HMAC-SHA256 for `json`, MD5 over URL, time and key for `vod`':
    '对回调签名：`json` 为 HMAC-SHA256，`vod` 为 URL、时间和密钥的 MD5',
  'What it hears of; left out: everything that its form has': '接收哪些事件；不填为该形式的全部事件',
  'Names the key in logs and in revocations': '在日志和吊销记录中的名称',

  // 告警
  'Names the channel in logs and lists': '在日志和列表中的名称',
  '`webhook`: POST in Standard Webhooks form; `alertmanager`: POST to its /api/v2/alerts':
    '`webhook`：POST，Standard Webhooks 形式；`alertmanager`：POST 到其 /api/v2/alerts',
  'Of the webhook, or of the Alertmanager without /api/v2/alerts':
    'Webhook 的地址，或 Alertmanager 的地址（不含 /api/v2/alerts）',
  'Signs a webhook: HMAC-SHA256; may begin with whsec_': '对 Webhook 签名：HMAC-SHA256；可以 whsec_ 开头',
  'The server that takes the e-mail': '发送邮件的服务器',
  '`starttls` insists on it; `tls` from the first byte, as on port 465; `none` sends in the clear':
    '`starttls` 必须升级加密；`tls` 从首字节加密，如 465 端口；`none` 明文发送',
  'What is told here': '发送哪些级别',
  'Only these; empty for all': '仅这些；留空为全部',
  'An Alertmanager is told again so often while it lasts; silence of three times this ends it there':
    '告警持续期间按此间隔重发给 Alertmanager；三倍时长未重发即在其处结束',
  "The alarm's code": '告警代码',
  'False: it is never raised': '关闭后不再产生该告警',
  "The limit of the code's own quantity, in the unit that docs/alarms.md gives":
    '该告警自身数值的阈值，单位见 docs/alarms.md',
  'It must be so for this long before it is raised': '持续达到此时长才告警',
  'It must be well for this long before it is cleared': '恢复正常达到此时长才解除',

  // 费用
  'What is counted; gigabytes are of 10^9 bytes': '计量项；1 GB 为 10^9 字节',
  'For one unit, in the currency of the node (`usage.currency`)': '每单位的价格，币种为 `usage.currency`',
  'Where it counts; `*` for anywhere': '适用范围；`*` 表示全部',
  'Only what goes through this door, of `egress-gb` and `viewer-hour`':
    '仅通过该方式播放的部分，用于 `egress-gb` 和 `viewer-hour`',
  'Only this template, of `transcode-minute`': '仅该模板，用于 `transcode-minute`',
  'Of the viewers, who play this rendition': '播放该转码流的观众',
  'On average, over the whole time': '全程平均',
  'Of the source; whoever plays no rendition plays this': '源流的码率；未播放转码流的观众播放源流',
  'Through which most of them come': '大多数观众使用的播放方式',
  'Files of the whole show at the bitrate of the source': '整场直播按源流码率录制的文件',
  'Left out, all streams of the app': '不填为该应用的所有流',
  'When the show begins': '直播开始时间',
  'When it is over': '直播结束时间',
  'What counts': '计入哪些',
  'In UTC': '按 UTC',
  'In the currency of the node': '以本节点的币种',
  'From here on there is an alarm': '达到此处即告警',
  'What is not let in any more once the amount is spent; nothing that runs is cut':
    '金额用完后不再接受什么；正在进行的不会中断',

  // 触发器
  'Below one of media.roots': '位于 media.roots 之下',
  'A file counts as written when it rests so long': '文件静止达到此时长即视为写完',
  'What was there before the trigger': '创建触发器之前已有的文件',
  'How often it is looked': '检查间隔',
  'Look so often; left out, the system tells of files, and of those on a network is looked every 10 s':
    '检查间隔；不填时由系统通知文件变化，网络文件系统则每 10 秒检查一次',
  "What events call the storage's bucket": '事件中对该存储桶的称呼',
};

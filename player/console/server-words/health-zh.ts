import type { ChineseTable } from './in-chinese.ts';

/** 直播流的健康检测结果。 */
export const HEALTH_ZH = {
  KEY_FRAME_INTERVAL_LONG: {
    sentence: [
      [/^The key-frame interval is too long.*$/s, '关键帧间隔过长，无法保存在内存中：新观众要等待下一个关键帧。'],
      [/^There is a key frame only every (.*) s:.*$/s, '每 $1 秒才有一个关键帧：观众等待画面更久，延迟更大。'],
    ],
    remedy: '在 OBS 的“设置 → 输出 → 高级”中，把关键帧间隔从 0（自动）改为 2 秒。',
  },
  BITRATE_SWINGS: {
    sentence: [[/^The bitrate swings by a factor of (.*): viewers.*$/s, '码率波动达 $1 倍：带宽小的观众会卡顿。']],
    remedy: '在 OBS 的“设置 → 输出 → 高级”中，把码率控制设为 CBR。',
  },
  UPLINK_STALLS: {
    sentence: [
      [/^The uplink stalled once in (.*) s, for up to (.*) s\.$/s, '$1 秒内上行网络停顿 1 次，最长 $2 秒。'],
      [/^The uplink stalled (\d+) times in (.*) s, for up to (.*) s\.$/s, '$2 秒内上行网络停顿 $1 次，最长 $3 秒。'],
    ],
    remedy: '请使用有线网络，或在 OBS 的“设置 → 输出”中把视频码率降到上行带宽以下。',
  },
  NO_VIDEO: {
    sentence: '没有收到视频。',
    remedy: '请在 OBS 中确认场景已启用，并在“设置 → 输出”中确认编码器能够启动。',
  },
  NO_AUDIO: {
    sentence: '编码器声明有音频，但没有收到。',
    remedy: '请在 OBS 中检查混音器，以及“设置 → 音频”中的桌面音频或麦克风设备。',
  },
  FPS_LOW: {
    sentence: [
      [/^(.*) frames a second arrive of the (.*) declared:.*$/s, '声明每秒 $2 帧，实际只有 $1 帧：编码器过载。'],
    ],
    remedy: '在 OBS 的“设置 → 输出”中选择更快的预设或硬件编码器，或降低输出分辨率。',
  },
  AV_DRIFT: {
    sentence: [
      [/^Audio is (\d+) ms ahead of the video\.$/s, '音频比视频超前 $1 毫秒。'],
      [/^Audio is (\d+) ms behind the video\.$/s, '音频比视频滞后 $1 毫秒。'],
    ],
    remedy: '在 OBS 的“编辑 → 高级音频属性”中把同步偏移设为 0，所有音频设备使用 48 kHz。',
  },
  BLACK: {
    sentence: [[/^The picture has been black for (.*)\.$/s, '画面已黑屏 $1。']],
    remedy: '请在 OBS 中确认场景里有可见的来源；显示器或游戏采集黑屏时，更换采集方法或让 OBS 使用同一块显卡。',
  },
  FROZEN: {
    sentence: [[/^The picture has not changed for (.*)\.$/s, '画面已静止 $1。']],
    remedy: '请在 OBS 中停用再启用视频采集设备，或检查线缆；画面本应静止时，请在流规则中调大 health.frozenSeconds。',
  },
  SILENT: {
    sentence: [[/^The sound has been digital silence for (.*)\.$/s, '声音已完全静音 $1。']],
    remedy: '请在 OBS 的混音器中取消静音，并检查“设置 → 音频”中的桌面音频或麦克风设备。',
  },
  MODERATION_FLAGGED: {
    sentence: [[/^The moderation hook flagged a picture: (.*)\.$/s, '审核回调标记了一张画面：$1。']],
    remedy: '请查看该直播流；若属实，请断流或封禁。',
  },
} as const satisfies ChineseTable;

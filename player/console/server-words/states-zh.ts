/** 服务器所说的状态；没有列出的照原样显示。 */
export const STATES_ZH = {
  ready: '就绪',
  unavailable: '不可用',
  waiting: '等待中',
  failing: '异常',
  ok: '正常',
  online: '在线',
  configuring: '配置中',
  stopped: '已停用',
  live: '直播中',
  starting: '启动中',
  idle: '空闲',
  running: '运行中',
  shed: '已放弃',
  failed: '失败',
  skipped: '已跳过',
  ended: '已结束',
} as const satisfies Readonly<Record<string, string>>;

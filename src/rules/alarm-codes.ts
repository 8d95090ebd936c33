/** Every alarm there is; a code never changes its meaning. `docs/runbooks/CODE.md` says what to do about it. */
export const ALARM_CODES = [
  'STREAM_OFFLINE',
  'BITRATE_LOW',
  'FPS_LOW',
  'CONTENT_WRONG',
  'TRANSCODE_SLOW',
  'RENDITION_DOWN',
  'JOIN_SLOW',
  'EGRESS_UNUSUAL',
  'FORBIDDEN_SPIKE',
  'LIMIT_NEAR',
  'CALLBACK_FAILING',
  'EVENT_SINK_BEHIND',
  'MODERATION_FAILING',
  'STORAGE_BEHIND',
  'JOBS_FAILED',
  'ARCHIVE_FAILING',
  'DISK_LOW',
  'DATABASE_DOWN',
  'JOURNAL_FAILING',
  'NODE_SLOW',
  'OVERLOADED',
  'NODE_DOWN',
  'RULES_REFUSED',
  'CERTIFICATE_EXPIRING',
  'KEY_EXPIRING',
  'BUDGET_NEAR',
] as const;

export type AlarmCode = (typeof ALARM_CODES)[number];

/** `page` wakes somebody, `ticket` waits for the morning, `info` is good to know. The worst first. */
export const ALARM_SEVERITIES = ['page', 'ticket', 'info'] as const;

export type AlarmSeverity = (typeof ALARM_SEVERITIES)[number];

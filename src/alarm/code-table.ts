import type { AlarmCode, AlarmPolicyRule, AlarmSeverity } from '../rules/index.ts';

/** How a kind of alarm is handled where no policy says otherwise. */
export type CodeEntry = {
  readonly title: string;
  readonly severity: AlarmSeverity;
  /** How long it must be so before it is raised, and well before it is cleared. */
  readonly holdSeconds: number;
  readonly clearSeconds: number;
  /** The limit of its own quantity, and the unit of that. */
  readonly threshold?: number;
  readonly unit?: string;
  /** While one of these is wrong with the same subject, this one only follows from it and is not raised. */
  readonly followsFrom?: readonly AlarmCode[];
};

export const CODE_TABLE: Readonly<Record<AlarmCode, CodeEntry>> = {
  STREAM_OFFLINE: { title: 'An expected stream is not live', severity: 'page', holdSeconds: 30, clearSeconds: 5 },
  BITRATE_LOW: {
    title: 'A stream sends too little',
    ...{
      severity: 'ticket',
      holdSeconds: 30,
      clearSeconds: 30,
      threshold: 33,
      unit: '% of what the stream has been sending',
    },
    followsFrom: ['STREAM_OFFLINE', 'FPS_LOW'],
  },
  FPS_LOW: {
    title: 'A stream has too few frames',
    ...{ severity: 'ticket', holdSeconds: 30, clearSeconds: 30, followsFrom: ['STREAM_OFFLINE'] },
  },
  CONTENT_WRONG: {
    title: 'A stream is black, frozen or silent',
    ...{ severity: 'ticket', holdSeconds: 0, clearSeconds: 15, followsFrom: ['STREAM_OFFLINE'] },
  },
  TRANSCODE_SLOW: {
    title: 'Encoding is slower than the stream',
    ...{ severity: 'ticket', holdSeconds: 15, clearSeconds: 60, threshold: 0.97, unit: 'times real time' },
    followsFrom: ['STREAM_OFFLINE', 'RENDITION_DOWN'],
  },
  RENDITION_DOWN: {
    title: 'A rendition is not made',
    ...{ severity: 'ticket', holdSeconds: 30, clearSeconds: 15, followsFrom: ['STREAM_OFFLINE'] },
  },
  JOIN_SLOW: {
    title: 'Viewers wait for their first picture',
    ...{
      severity: 'ticket',
      holdSeconds: 60,
      clearSeconds: 120,
      threshold: 3,
      unit: 's, 95th percentile of five minutes',
    },
    followsFrom: ['NODE_SLOW'],
  },
  EGRESS_UNUSUAL: {
    title: 'A domain sends far more than usual',
    ...{ severity: 'ticket', holdSeconds: 60, clearSeconds: 300, threshold: 5, unit: 'times its own usual' },
  },
  FORBIDDEN_SPIKE: {
    title: 'Many requests to play from a domain are refused',
    ...{ severity: 'ticket', holdSeconds: 30, clearSeconds: 120, threshold: 300, unit: 'refusals a minute, by domain' },
  },
  LIMIT_NEAR: {
    title: 'A limit is nearly reached',
    ...{ severity: 'ticket', holdSeconds: 60, clearSeconds: 120, threshold: 80, unit: '% of the limit' },
  },
  CALLBACK_FAILING: {
    title: 'A callback endpoint does not take callbacks',
    ...{ severity: 'ticket', holdSeconds: 30, clearSeconds: 10, threshold: 5, unit: 'tries of one callback' },
  },
  EVENT_SINK_BEHIND: {
    title: 'A sink takes no events, or takes them late',
    ...{ severity: 'ticket', holdSeconds: 10, clearSeconds: 10, threshold: 60, unit: 's that the oldest event waits' },
  },
  MODERATION_FAILING: {
    title: 'Pictures are not moderated',
    ...{ severity: 'ticket', holdSeconds: 0, clearSeconds: 60, threshold: 5, unit: 'pictures in ten minutes' },
  },
  STORAGE_BEHIND: {
    title: 'A storage takes no uploads, or takes them late',
    ...{
      severity: 'ticket',
      holdSeconds: 60,
      clearSeconds: 30,
      threshold: 600,
      unit: 's that the oldest upload waits',
    },
  },
  JOBS_FAILED: {
    title: 'Uploads were given up, or jobs failed',
    ...{ severity: 'ticket', holdSeconds: 0, clearSeconds: 30, threshold: 1, unit: 'given up within a day' },
  },
  ARCHIVE_FAILING: {
    title: 'Streams are not recorded',
    ...{ severity: 'page', holdSeconds: 10, clearSeconds: 30 },
  },
  DISK_LOW: {
    title: 'A disk is nearly full',
    ...{ severity: 'ticket', holdSeconds: 60, clearSeconds: 60, threshold: 10, unit: '% free' },
  },
  DATABASE_DOWN: { title: 'The database cannot be reached', severity: 'ticket', holdSeconds: 60, clearSeconds: 10 },
  JOURNAL_FAILING: { title: 'Events cannot be kept', severity: 'page', holdSeconds: 10, clearSeconds: 30 },
  NODE_SLOW: {
    title: 'A node answers late',
    ...{ severity: 'ticket', holdSeconds: 60, clearSeconds: 120, threshold: 100, unit: 'ms, 99th percentile' },
  },
  OVERLOADED: {
    title: 'A node does without something',
    ...{ severity: 'ticket', holdSeconds: 30, clearSeconds: 60 },
  },
  NODE_DOWN: {
    title: 'A node is gone',
    ...{ severity: 'page', holdSeconds: 0, clearSeconds: 0, threshold: 60, unit: 's without a sign of it' },
  },
  RULES_REFUSED: { title: 'New rules were refused', severity: 'ticket', holdSeconds: 0, clearSeconds: 0 },
  CERTIFICATE_EXPIRING: {
    title: 'A certificate is about to expire',
    ...{ severity: 'info', holdSeconds: 0, clearSeconds: 0, threshold: 30, unit: 'days' },
  },
  KEY_EXPIRING: {
    title: 'A key is due to be changed, or an alias ends',
    ...{ severity: 'info', holdSeconds: 0, clearSeconds: 0, threshold: 365, unit: 'days that a key is in use' },
  },
  BUDGET_NEAR: { title: 'A budget is nearly spent', severity: 'ticket', holdSeconds: 0, clearSeconds: 0 },
};

/** How a kind of alarm is handled, by the table and the policies of the rules. */
export type AlarmPolicy = {
  readonly enabled: boolean;
  readonly severity: AlarmSeverity | undefined;
  readonly threshold: number;
  readonly holdMs: number | undefined;
  readonly clearMs: number;
  readonly usual: CodeEntry;
};

export function policyOf(code: AlarmCode, policies: readonly AlarmPolicyRule[]): AlarmPolicy {
  const usual = CODE_TABLE[code];
  const rule = policies.find(({ name }) => name === code);
  return {
    enabled: rule?.enabled ?? true,
    severity: rule?.severity,
    threshold: rule?.threshold ?? usual.threshold ?? 0,
    holdMs: rule?.holdSeconds === undefined ? undefined : rule.holdSeconds * 1000,
    clearMs: (rule?.clearSeconds ?? usual.clearSeconds) * 1000,
    usual,
  };
}

import type { AlarmCode, AlarmSeverity } from '../rules/index.ts';
import type { StoredAlarm, StoredNotice, StoredSilence } from '../store/index.ts';
import type { AlarmSubject } from './conditions/index.ts';

export type Alarm = Omit<StoredAlarm, 'code' | 'severity' | 'subject'> & {
  readonly code: AlarmCode;
  readonly severity: AlarmSeverity;
  readonly subject: AlarmSubject;
};
export type Notice = Omit<StoredNotice, 'alarm'> & { readonly alarm: Alarm };
export type Silence = StoredSilence;

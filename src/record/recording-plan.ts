import type { RecordFormatRule, RecordWindowRule, StreamSettings } from '../rules/index.ts';
import { isOpenAt } from './schedule.ts';

type RecordSettings = StreamSettings['record'];

/** What the recording of one publish goes by, as the rules were when it began. Plain JSON. */
export type RecordingPlan = Readonly<
  Pick<RecordSettings, 'storage' | 'delaySeconds' | 'onDemand' | 'startTime' | 'endTime'>
> & {
  readonly formats: readonly RecordFormatRule[];
  readonly schedule: readonly RecordWindowRule[];
};

/** The plan of a stream, or of its rendition by a template; undefined where nothing of it is recorded. */
export function recordingPlanOf(settings: RecordSettings, template?: string): RecordingPlan | undefined {
  const formats = template === undefined ? settings.formats : formatsOf(settings, template);
  if (!settings.enabled || formats.length === 0) return undefined;
  const { storage, delaySeconds, onDemand, startTime, endTime, schedule } = settings;
  return { storage, formats, delaySeconds, onDemand, startTime, endTime, schedule };
}

function formatsOf({ renditions }: RecordSettings, template: string): readonly RecordFormatRule[] {
  return renditions.find(({ templates }) => templates.includes(template))?.formats ?? [];
}

/** Whether something that lasts from then on is recorded: it begins or ends when recordings run. */
export function isWithin(plan: RecordingPlan, wallMs: number, durationMs: number): boolean {
  return isOn(plan, wallMs) || isOn(plan, wallMs + durationMs - 1);
}

function isOn({ startTime, endTime, schedule }: RecordingPlan, wallMs: number): boolean {
  if (startTime !== '' && wallMs < Date.parse(startTime)) return false;
  if (endTime !== '' && wallMs >= Date.parse(endTime)) return false;
  return schedule.length === 0 || schedule.some((window) => isOpenAt(window, wallMs));
}

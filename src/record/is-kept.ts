import type { StreamSettings } from '../rules/index.ts';

/** Whether a stream's segments go into the archive; `rendition` is the template's name where it is about one of its renditions. */
export function isKept({ record, timeShift }: StreamSettings, rendition?: string): boolean {
  if (rendition === undefined) return record.enabled || timeShift.enabled;
  const isRecorded = record.enabled && record.renditions.some(({ templates }) => templates.includes(rendition));
  return isRecorded || (timeShift.enabled && timeShift.renditions);
}

import type { ArchivedInterval } from '../archive/index.ts';

/**
 * The answer to a timeline query, in whole seconds, each interval within what can be played. ApsaraVideo documents
 * `current` and `timeline`; some of its players look for them under `content`, so they are in both places.
 */
export function timelineAnswer(intervals: readonly ArchivedInterval[], nowMs: number) {
  const content = {
    current: Math.floor(nowMs / 1000),
    timeline: intervals.flatMap(({ startMs, endMs }) => {
      const [start, end] = [Math.ceil(startMs / 1000), Math.floor(endMs / 1000)];
      return start < end ? [{ start, end }] : [];
    }),
  };
  return { retCode: 0, description: 'success', content, ...content };
}

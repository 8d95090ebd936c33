import { describe, expect, it } from 'vitest';
import { timelineAnswer } from './timeline.ts';

describe('timelineAnswer', () => {
  it('has whole seconds that lie inside, in both places where players look', () => {
    const intervals = [
      { startMs: 1500, endMs: 5900 },
      { startMs: 7200, endMs: 7900 },
      { startMs: 8000, endMs: 9000 },
    ];
    const content = {
      current: 10,
      timeline: [
        { start: 2, end: 5 },
        { start: 8, end: 9 },
      ],
    };
    expect(timelineAnswer(intervals, 10_999)).toEqual({ retCode: 0, description: 'success', content, ...content });
  });
});

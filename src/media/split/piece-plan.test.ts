import { describe, expect, it } from 'vitest';
import { gridTicks } from './piece-arguments.ts';
import { chosenLengths, planPieces } from './piece-plan.ts';
import { SurveyReader, type VideoSurvey } from './video-survey.ts';

/** Pictures of 40 ms with a key frame every `gop` of them, as ffprobe tells of them. */
function surveyOf(pictures: number, gop: number, extra: readonly string[] = []): VideoSurvey {
  const reader = new SurveyReader();
  for (let n = 0; n < pictures; n++) {
    reader.push(`packet|pts=${n * 40}|duration=40|flags=${n % gop === 0 ? 'K_' : '__'}`);
  }
  for (const line of extra) reader.push(line);
  reader.push('stream|codec_name=h264|field_order=progressive|time_base=1/1000');
  reader.push('format|start_time=0.000000');
  return reader.survey!;
}

describe('planPieces', () => {
  it('cuts at the key frames nearest to even pieces, and counts the pictures of each', () => {
    const pieces = planPieces(surveyOf(89 * 25, 50), { pieceSeconds: 25 });
    expect(pieces).toEqual([
      { index: 0, startTicks: 0, endTicks: 24_000, pictures: 600 },
      { index: 1, startTicks: 24_000, endTicks: 50_000, pictures: 650 },
      { index: 2, startTicks: 50_000, endTicks: 74_000, pictures: 600 },
      { index: 3, startTicks: 74_000, pictures: 375 },
    ]);
  });

  it('leaves no sliver at the end, and no piece without a key frame of its own', () => {
    expect(planPieces(surveyOf(41 * 25, 25), { pieceSeconds: 10 }).map(({ startTicks }) => startTicks)).toEqual([
      0, 10_000, 20_000, 30_000,
    ]);
    expect(planPieces(surveyOf(1000, 250), { pieceSeconds: 1 }).map(({ startTicks }) => startTicks)).toEqual([
      0, 10_000, 20_000, 30_000,
    ]);
  });

  it('chooses from length and workers where nothing is asked for, the last ones the shortest', () => {
    expect(chosenLengths(3600, 4).slice(0, 6)).toEqual([300, 300, 300, 300, 300, 262.5]);
    for (const [seconds, workers, pieces] of [
      [600, 4, 25],
      [60, 4, 8],
    ] as const) {
      const lengths = chosenLengths(seconds, workers);
      expect(lengths).toEqual([...lengths].sort((one, other) => other - one));
      expect(lengths.at(-1)).toBe(8);
      expect(lengths).toHaveLength(pieces);
    }
    expect(chosenLengths(1000, 1)).toEqual([300, 300, 300, 300]);
    expect(planPieces(surveyOf(250, 25)).length).toBe(1);
    expect(planPieces(surveyOf(1000, 25), { workers: 2 }).map(({ startTicks }) => startTicks)).toEqual([
      0, 10_000, 18_000, 26_000, 34_000,
    ]);
  });

  it('makes one piece of what cannot be cut, and says why', () => {
    const untimed = surveyOf(1000, 25, ['packet|pts=N/A|flags=__']);
    expect(untimed.unsplittable).toBe('its pictures carry no times');
    expect(planPieces(untimed, { pieceSeconds: 5 }).length).toBe(1);
    expect(surveyOf(1000, 5000).unsplittable).toBe('it has one key frame only');
  });

  it('counts neither what an edit list cuts off nor where a packet is half a picture', () => {
    const survey = surveyOf(100, 50, ['packet|pts=-40|duration=40|flags=KD_']);
    expect(survey.pictures).toEqual([50, 50]);
    const reader = new SurveyReader();
    reader.push('packet|pts=0|duration=1|flags=K_');
    reader.push('packet|pts=2|duration=1|flags=K_');
    reader.push('stream|codec_name=h264|field_order=tt|time_base=1/50');
    expect(planPieces(reader.survey!, { pieceSeconds: 0.04 })[0]).toEqual({ index: 0, startTicks: 0, endTicks: 2 });
    expect(new SurveyReader().survey).toBeUndefined();
  });
});

describe('gridTicks', () => {
  it('rounds as FFmpeg does, whatever the size', () => {
    const ntsc = { num: 30_000, den: 1001 };
    expect(gridTicks(1001, { num: 1, den: 30_000 }, ntsc)).toBe(1);
    expect(gridTicks(20, { num: 1, den: 1000 }, { num: 25, den: 1 })).toBe(1);
    expect(gridTicks(19, { num: 1, den: 1000 }, { num: 25, den: 1 })).toBe(0);
    expect(gridTicks(90_000 * 86_400, { num: 1, den: 90_000 }, ntsc)).toBe(2_589_411);
  });
});

import { MediaError } from '../ffmpeg/index.ts';
import type { Moments } from './picture-tasks.ts';

const DEFAULT_INTERVAL_SECONDS = 10;
const MOST_PICTURES = 10_000;
/** The last picture is shown no later than this before the end. */
const BEFORE_END_SECONDS = 0.05;

/** The moments in a film of so many seconds, none of them after its end. Throws where none is left. */
export function momentsOf(
  { times, startSeconds = 0, intervalSeconds, count }: Moments,
  lengthSeconds: number,
): number[] {
  const last = Math.max(0, lengthSeconds - BEFORE_END_SECONDS);
  const found = times ? times.filter((time) => time <= lengthSeconds).map((time) => Math.min(time, last)) : evenly();
  if (found.length > MOST_PICTURES) {
    throw new MediaError(
      'TOO_MANY_PICTURES',
      `${found.length} pictures are asked for; ${MOST_PICTURES} are the most`,
      'Use a longer Interval.',
    );
  }
  if (found.length > 0) return found;
  const message = `the film has ${lengthSeconds.toFixed(2)} s, and no picture where one is asked for`;
  throw new MediaError('CLIP_OUTSIDE', message, 'Choose a time within it.');

  function evenly(): number[] {
    const rest = lengthSeconds - startSeconds;
    if (rest <= 0) return [];
    const step = intervalSeconds || (count === undefined ? DEFAULT_INTERVAL_SECONDS : rest / count);
    const fitting = Math.floor((rest - 1e-6) / step) + 1;
    const length = Math.min(count ?? fitting, fitting, MOST_PICTURES + 1);
    return Array.from({ length }, (_, index) => Math.min(startSeconds + index * step, last));
  }
}

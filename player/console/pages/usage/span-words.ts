import { locale } from '../../kit/index.ts';
import type { Grain } from './read-usage.ts';

/** When a span begins, as briefly as its length allows; days are days of UTC. */
export function spanWords(atMs: number, grain: Grain): string {
  const day = { month: 'short', day: 'numeric' } as const;
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const options = grain === 'day' ? { ...day, timeZone: 'UTC' } : grain === 'hour' ? { ...day, ...time } : { ...time };
  return new Intl.DateTimeFormat(locale(), options).format(atMs);
}

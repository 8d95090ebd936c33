import { z } from 'zod';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function isZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions() !== undefined;
  } catch {
    return false;
  }
}

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time of day such as 18:30' });

/** A window that opens each week, by the clock on the wall of a place. */
export const windowOfTime = z
  .strictObject({
    days: z
      .array(z.enum(DAYS))
      .min(1, { error: 'names no day' })
      .default([...DAYS]),
    from: timeOfDay,
    to: timeOfDay.describe('Earlier than `from`: of the next day'),
    zone: z
      .string()
      .refine(isZone, { error: 'must be an IANA time zone such as Europe/Berlin' })
      .default('UTC')
      .describe('An IANA time zone, whose clock `from` and `to` are read from'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'must differ from `from`; a whole day is 00:00 to 24:00',
  })
  .refine(({ from }) => from !== '24:00', {
    path: ['from'],
    error: 'must be before 24:00; write 00:00 of the next day',
  });

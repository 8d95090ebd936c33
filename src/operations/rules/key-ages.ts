import { z } from 'zod';
import { mapSecrets, OLD_KEY_DAYS } from '../../rules/index.ts';
import type { RulesDoor } from './rules-door.ts';

const DAY_MS = 86_400_000;

export const keyAge = z
  .strictObject({
    place: z.string().describe('Where the key is in its object: `push.auth.key1`'),
    since: z.iso.datetime().optional().describe('Left out where the database does not know'),
    ageDays: z.number().optional(),
    rotationDue: z.boolean(),
  })
  .meta({ id: 'KeyAge' });

/** The keys of one object of the rules, never their values. */
export function keyAgesOf(door: RulesDoor, object: object): z.input<typeof keyAge>[] {
  const ages: z.input<typeof keyAge>[] = [];
  mapSecrets(object, (key, path) => {
    if (path.at(-1) === 'url') return key;
    const since = door.keySince(key);
    const ageDays = since && Math.max(0, (door.nowMs() - since.getTime()) / DAY_MS);
    ages.push({
      ...{ place: path.join('.'), rotationDue: (ageDays ?? 0) > OLD_KEY_DAYS },
      ...(since === undefined ? {} : { since: since.toISOString(), ageDays: Math.floor(ageDays ?? 0) }),
    });
    return key;
  });
  return ages;
}

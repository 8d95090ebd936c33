import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import { type Governor, LEVELS, POINT_SECONDS, RESOURCES } from '../load/index.ts';
import { type Operation, operation } from './base/index.ts';
import { nodeQuery } from './node-operations.ts';

/** What the operation on load needs. */
export type LoadDoor = Pick<Governor, 'level' | 'reason' | 'pressures' | 'recent' | 'without'>;

const load = z
  .strictObject({
    level: z.enum(LEVELS).describe('How far it goes without; each level includes those before it'),
    reason: z.string().optional(),
    without: z.array(z.enum(LEVELS)).describe('What it does without now'),
    measures: z.array(
      z.strictObject({
        resource: z.enum(RESOURCES),
        value: z.number(),
        unit: z.enum(['%', 'ms', 'bytes']),
        from: z.number().describe('Where the first level begins; of what is free, below it'),
        level: z.enum(LEVELS).describe('Where this alone leads'),
        words: z.string(),
        recent: z
          .array(z.number())
          .describe(`Of each ${POINT_SECONDS} seconds of the last five minutes the worst, the newest last`),
      }),
    ),
  })
  .meta({ id: 'Load' });

/** How much the server has to do, and what it does without. */
export function loadOperations(door: LoadDoor): readonly Operation[] {
  return [
    operation({
      ...{ at: 'node', name: 'getLoad', area: 'Server', method: 'get', path: '/load', action: 'health:read' },
      summary: 'How much this server has to do, and what it does without because of that',
      resource: () => SERVER,
      query: nodeQuery,
      answer: load,
      run: () => ({
        level: door.level,
        ...(door.reason === undefined ? {} : { reason: door.reason }),
        without: LEVELS.filter((level) => level !== 'normal' && door.without(level) !== undefined),
        measures: door.pressures.map(({ resource, value, unit, from, level, words }) => {
          const recent = door.recent(resource).map(rounded);
          return { resource, value: rounded(value), unit, from, level, words, recent };
        }),
      }),
    }),
  ];
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

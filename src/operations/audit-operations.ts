import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import { type Operation, operation } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';
import { time } from './schemas.ts';

const filter = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many at most'),
  cursor: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('`nextCursor` of the page before'),
  actor: z.string().max(64).optional(),
  action: z
    .string()
    .max(64)
    .regex(/^[a-z-]+(:[a-z-]+)?$/)
    .optional()
    .describe('An action, or an area such as `users`'),
  outcome: z.enum(['done', 'refused']).optional(),
  since: time.optional(),
});
const entry = z
  .strictObject({
    position: z.int(),
    chain: z.string(),
    number: z.int(),
    nodeId: z.string(),
    at: time,
    actor: z.string(),
    actorKind: z.string(),
    address: z.string(),
    action: z.string(),
    resource: z.string(),
    outcome: z.enum(['done', 'refused']),
    detail: z.record(z.string(), z.unknown()),
    previous: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });
const verdict = z
  .strictObject({
    entries: z.int(),
    problems: z
      .array(z.strictObject({ chain: z.string(), number: z.int(), problem: z.string() }))
      .describe('Entries that were changed, removed or moved'),
  })
  .meta({ id: 'AuditVerdict' });

/** Who did what. Nothing changes or removes an entry. */
export function auditOperations({ audit }: Pick<IdentityDoor, 'audit'>): readonly Operation[] {
  const server = { action: 'audit:read', resource: () => SERVER } as const;
  return [
    operation({
      ...{ name: 'listAudit', area: 'Audit log', method: 'get', path: '/audit', ...server },
      summary: 'Who did what and who was refused, the newest first',
      query: filter,
      answer: z.strictObject({ entries: z.array(entry), nextCursor: z.string().optional() }),
      run: async ({ query: { cursor, since, limit, ...rest } }) => {
        const wanted = { ...rest, before: cursor, since: since === undefined ? undefined : new Date(since) };
        const found = await audit.list({ ...wanted, limit: limit + 1 });
        const entries = found.slice(0, limit).map(({ at, ...each }) => ({ ...each, at: at.toISOString() }));
        const last = found.length > limit ? entries.at(-1)?.position : undefined;
        return { entries, ...(last === undefined ? {} : { nextCursor: String(last) }) };
      },
    }),
    operation({
      ...{ name: 'verifyAudit', area: 'Audit log', method: 'get', path: '/audit/verify', ...server },
      summary: 'Checks each entry by the one before it',
      answer: verdict,
      run: () => audit.verify(),
    }),
  ];
}

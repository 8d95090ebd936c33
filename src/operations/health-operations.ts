import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import type { Finding } from '../rules/index.ts';
import { type Operation, operation, type Shown } from './base/index.ts';
import { nodeQuery } from './node-operations.ts';

const finding = z
  .strictObject({ code: z.string(), sentence: z.string(), remedy: z.string() })
  .meta({ id: 'WeakSetting', description: 'One way in which the server is less safe than it could be' });
const trouble = z.strictObject({
  domain: z.string(),
  app: z.string(),
  name: z.string(),
  template: z.string(),
  state: z.string(),
  reason: z.string(),
});
const nodeHealth = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'draining']),
    version: z.string(),
    uptimeSeconds: z.number(),
    database: z.strictObject({
      state: z.string(),
      reason: z.string().exactOptional(),
      remedy: z.string().exactOptional(),
    }),
    journal: z
      .strictObject({ state: z.enum(['ok', 'waiting']), reason: z.string().exactOptional() })
      .describe('Whether events reach the disk; while they wait, they wait in memory'),
    storages: z
      .strictObject({ state: z.enum(['ok', 'failing']), failing: z.record(z.string(), z.string()) })
      .describe('Storages into which uploads fail; what is for them waits on this disk, and live goes on'),
    archive: z
      .strictObject({ state: z.enum(['ok', 'failing']), reason: z.string().exactOptional() })
      .describe('Whether segments reach the archive; live goes on where they do not'),
    ffmpeg: z.strictObject({ found: z.boolean(), version: z.string().exactOptional() }),
    transcoding: z
      .strictObject({ encoder: z.string(), fallbackReason: z.string().exactOptional(), troubles: z.array(trouble) })
      .exactOptional()
      .describe(
        'Renditions that are not as the rules want them, and why software encodes where hardware was asked for',
      ),
    rules: z.strictObject({ revision: z.number(), refused: z.string().exactOptional() }),
    posture: z.array(finding),
  })
  .meta({ id: 'Health' });

/** How this node is. */
export type NodeHealth = Shown<Omit<z.input<typeof nodeHealth>, 'posture'>> & { readonly posture: readonly Finding[] };

/** `GET /health`. */
export function healthOperations(health: () => NodeHealth): readonly Operation[] {
  return [
    operation({
      ...{ at: 'node', name: 'getHealth', area: 'Server', method: 'get', path: '/health', action: 'health:read' },
      summary: 'How this node is, and where it is less safe than it could be',
      resource: () => SERVER,
      query: nodeQuery,
      answer: nodeHealth,
      run: () => health(),
    }),
  ];
}

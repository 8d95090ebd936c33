import { z } from 'zod';

export const BEACON_LIMIT = '4kb';

const duration = z.number().min(0).max(86_400_000);
const count = z.int().min(0).max(1_000_000_000);

/** What a player says of itself every few seconds and when it is closed. */
const beaconSchema = z.object({
  v: z.literal(1),
  app: z.string().max(1024),
  stream: z.string().max(255),
  protocol: z.enum(['flv', 'llhls', 'hls', 'native', 'other']),
  session: z.string().max(64),
  startupMs: duration.optional(),
  watchedMs: duration,
  stalledMs: duration,
  stalls: count,
  errors: z.array(z.string().max(64)).max(20).default([]),
  latencyMs: duration.optional(),
  height: count.optional(),
  droppedFrames: count.optional(),
  totalFrames: count.optional(),
});

export type Beacon = z.output<typeof beaconSchema>;

/** Undefined for anything that is no beacon. */
export function readBeacon(body: unknown): Beacon | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    return beaconSchema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

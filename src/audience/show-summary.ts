import { z } from 'zod';

const count = z.number();
const byDoor = z.object({ flv: count, 'ws-flv': count, rtmp: count, hls: count });
const durations = z.object({ count, p50Ms: count, p95Ms: count });

/**
 * What is kept of a show: of a stream from its first publish until nobody waits for its publisher any more. Times are Unix
 * time in ms.
 */
export const showSummary = z.object({
  version: z.literal(1),
  /** The session of the first publish. */
  id: z.string(),
  node: z.string(),
  domain: z.string(),
  app: z.string(),
  stream: z.string(),
  startedAtMs: count,
  savedAtMs: count,
  /** Not while it runs. */
  endedAtMs: count.optional(),
  endReason: z.string().optional(),
  /** The first few hundred. */
  connections: z.array(
    z.object({
      sessionId: z.string(),
      startedAtMs: count,
      endedAtMs: count.optional(),
      endReason: z.string().optional(),
    }),
  ),
  connectionCount: count,
  viewers: z.object({ peak: count, peakAtMs: count, peakByDoor: byDoor, sessions: count, unique: count }),
  watchedMs: count,
  egressByDoor: byDoor,
  ingestBytes: count,
  /** Of the sessions whose player reports. */
  players: z.object({ sessions: count, watchedMs: count, stalledMs: count, stalls: count }),
  startup: durations.optional(),
  joins: z.object({ flv: durations, 'ws-flv': durations, rtmp: durations, hls: durations }).partial(),
  endings: z.record(z.string(), count),
  curve: z.object({
    stepMs: count,
    points: z.array(z.object({ atMs: count, viewers: byDoor, allViewers: count, bytes: count })),
  }),
  findings: z.array(z.object({ code: z.string(), sentence: z.string(), fromMs: count, untilMs: count.optional() })),
  ladder: z.array(
    z.object({ atMs: count, event: z.string(), rendition: z.string().optional(), reason: z.string().optional() }),
  ),
  snapshots: count,
  recordings: z.array(
    z.object({ storage: z.string(), object: z.string(), format: z.string(), durationMs: count, sizeBytes: count }),
  ),
});

export type ShowSummary = Readonly<z.output<typeof showSummary>>;
export type ShowFinding = ShowSummary['findings'][number];
export type ShowRecording = ShowSummary['recordings'][number];

/** The summary of a show that a crash ended: over when it was last written down. */
export function crashedSummary(summary: ShowSummary): ShowSummary {
  const endedAtMs = summary.savedAtMs;
  const connections = summary.connections.map((each) =>
    each.endedAtMs === undefined ? { ...each, endedAtMs, endReason: 'crash' } : each,
  );
  const findings = summary.findings.map((each) => ({ ...each, untilMs: each.untilMs ?? endedAtMs }));
  return { ...summary, endedAtMs, endReason: 'crash', connections, findings };
}

import { z } from 'zod';
import type { StreamId } from '../live/index.ts';

const NOT_READABLE = { error: 'has characters that nobody can read' };

/** A domain, an app or a stream, as it stands in a path. */
export const streamName = z
  .string()
  .min(1)
  .max(1023)
  .regex(/^\P{Cc}+$/u, NOT_READABLE);

/** ISO 8601 with a zone. */
export const time = z.iso.datetime({ offset: true });

/** The names of a stream in a path. */
export const streamNames = z.strictObject({ domain: streamName, app: streamName, stream: streamName });

/** The stream that a path names. */
export function streamOf({ domain, app, stream: name }: z.output<typeof streamNames>): StreamId {
  return { domain, app, name };
}

/** In the answers of lists of all nodes. */
export const silentNodes = z
  .array(z.string())
  .optional()
  .describe('Nodes that could not be asked or gave no answer; what they have is missing');

/** In an item of such a list. */
export const nodeName = z.string().optional().describe('The node that has it; left out where there is only one');

/** Unix time as text, in UTC. */
export const isoOf = (wallMs: number) => new Date(wallMs).toISOString();

/** Digits of one length, so that text sorts as the number does. */
export const sortableMs = (wallMs: number) => String(Math.floor(wallMs)).padStart(16, '0');

/** A line that people write: no control characters, which a database does not take either. */
export const line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, NOT_READABLE);

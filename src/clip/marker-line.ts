import { decodeCrcLine, encodeCrcLine } from '../storage/index.ts';
import type { Marker } from './marker.ts';

/** One line of a day's markers: one was set, or taken back. */
export type MarkerLine =
  | { readonly kind: 'set'; readonly marker: Marker }
  | { readonly kind: 'removed'; readonly id: string };

/** The line with its end: a CRC, and the fields as JSON. */
export function encodeMarkerLine(line: MarkerLine): string {
  return encodeCrcLine(fieldsOf(line));
}

/** A line without its end; undefined for one that is torn, damaged or of a later release. */
export function decodeMarkerLine(text: string): MarkerLine | undefined {
  const fields = decodeCrcLine(text);
  if (fields === undefined) return undefined;
  const [kind, id, ...rest] = fields as [string, string, ...unknown[]];
  if (kind === 'd') return { kind: 'removed', id };
  const [atWallMs, name, by] = rest as [number, string, string];
  return kind === 'm' ? { kind: 'set', marker: { id, atWallMs, name, by } } : undefined;
}

function fieldsOf(line: MarkerLine): unknown[] {
  if (line.kind === 'removed') return ['d', line.id];
  const { id, atWallMs, name, by } = line.marker;
  return ['m', id, atWallMs, name, by];
}

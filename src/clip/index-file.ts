import type { StreamId } from '../live/index.ts';
import { fillObjectTemplate, isObjectName } from '../storage/index.ts';
import { ClipError } from './clip-error.ts';
import type { WallRange } from './clip-range.ts';

/** An m3u8 object over a range of a stream's transport-stream slices. Plain JSON. */
export type IndexFile = {
  readonly id: string;
  readonly storage: string;
  readonly object: string;
  readonly contentType: string;
  readonly createdAtMs: number;
  /** Of what it lists, by wall clock. */
  readonly startMs: number;
  readonly endMs: number;
  /** Without gaps; 0 until it is made. */
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  /** The objects that it lists and that are in the same storage. */
  readonly slices: readonly string[];
  /** They were made for it, and are deleted with it. */
  readonly ownsSlices: boolean;
} & ({ readonly state: 'making' | 'ready' } | { readonly state: 'failed'; readonly reason: string });

export const INDEX_TYPE = 'application/vnd.apple.mpegurl';
export const DEFAULT_INDEX_OBJECT = 'record/{AppName}/{StreamName}/{Date}/{Hour}/{Minute}_{Second}.m3u8';

const VARIABLES = ['DomainName', 'AppName', 'StreamName', 'Date', 'Hour', 'Minute', 'Second'];
const MAX_RANGE_MS = 4 * 86_400_000;
const MAX_TEMPLATE = 255;

/** The name of an index file, with ApsaraVideo's variables of where it begins, in UTC. Throws ClipError. */
export function indexObjectOf(template: string, { domain, app, name }: StreamId, startMs: number): string {
  const [date = '', time = ''] = new Date(startMs).toISOString().split('T');
  const [hour = '', minute = '', second = ''] = time.split(/[:.]/);
  const values = { DomainName: domain, AppName: app, StreamName: name };
  const times = { Date: date, Hour: hour, Minute: minute, Second: second };
  const unknown = (template.match(/\{\w*\}|[{}]/g) ?? []).find((each) => !VARIABLES.includes(each.slice(1, -1)));
  if (unknown !== undefined) throw badObject(`has ${unknown}`);
  if (template.length > MAX_TEMPLATE || !template.endsWith('.m3u8')) throw badObject('does not end in .m3u8');
  const object = fillObjectTemplate(template, { ...values, ...times });
  if (!isObjectName(object)) throw badObject('leads out of the storage');
  return object;
}

/** Throws ClipError for what is no range, or a longer one than ApsaraVideo takes. */
export function checkIndexRange({ startMs, endMs }: WallRange): void {
  const lengthMs = endMs - startMs;
  if (lengthMs > 0 && lengthMs <= MAX_RANGE_MS) return;
  const what =
    lengthMs > MAX_RANGE_MS ? 'start and end are more than four days apart' : 'the end is not after the start';
  throw new ClipError('INDEX_RANGE', what, 'Ask for one segment at least and for four days at most.');
}

export function nothingRecorded(): ClipError {
  const remedy = 'Check app, stream and times, or ask for a longer range: it must have one whole slice at least.';
  return new ClipError('NOTHING_RECORDED', 'nothing of the stream was recorded in that time', remedy);
}

function badObject(flaw: string): ClipError {
  const remedy = `Use a name such as ${DEFAULT_INDEX_OBJECT}.`;
  return new ClipError('INDEX_OBJECT', `the object's name ${flaw}`, remedy);
}

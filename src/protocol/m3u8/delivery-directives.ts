import { MalformedError } from '../bytes/index.ts';
import { clip, parseInteger } from './decimal.ts';

/** What a playlist request asks to wait for or leave out (RFC 8216bis, 6.2.5). */
export type DeliveryDirectives = {
  /** `_HLS_msn`: the media sequence number the answer must hold. */
  readonly mediaSequence?: number;
  /** `_HLS_part`: the index of the part of that segment the answer must hold. */
  readonly part?: number;
  /** `_HLS_skip`: `YES` allows a delta update, `v2` one without date ranges too. */
  readonly skip?: 'YES' | 'v2';
};

/**
 * Reads the directives of a query string, with or without its `?`; other parameters are passed over.
 * Throws MalformedError for a number that is no safe non-negative integer, a directive given twice,
 * `_HLS_part` without `_HLS_msn`, or an unknown `_HLS_skip`.
 */
export function parseDeliveryDirectives(query: string): DeliveryDirectives {
  const parameters = new URLSearchParams(query);
  const msn = single(parameters, '_HLS_msn');
  const part = single(parameters, '_HLS_part');
  const skip = single(parameters, '_HLS_skip');
  if (part !== undefined && msn === undefined) throw new MalformedError('BAD_VALUE', '_HLS_part', 'without _HLS_msn');
  return {
    ...(msn !== undefined && { mediaSequence: parseInteger(msn, '_HLS_msn') }),
    ...(part !== undefined && { part: parseInteger(part, '_HLS_part') }),
    ...(skip !== undefined && { skip: parseSkip(skip) }),
  };
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = parameters.getAll(name);
  if (others.length > 0) throw new MalformedError('BAD_VALUE', name, 'is given twice');
  return value;
}

function parseSkip(value: string): 'YES' | 'v2' {
  if (value === 'YES' || value === 'v2') return value;
  throw new MalformedError('BAD_VALUE', '_HLS_skip', `"${clip(value)}" is neither YES nor v2`);
}

export type ByteRange = { readonly start: number /** Not in the range any more. */; readonly end: number };

const SINGLE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * The single range that a Range header asks for (RFC 9110, 14.1.2). `whole` where there is none, or one that may be
 * left aside: several ranges, or another unit.
 */
export function byteRangeOf(header: string | undefined, sizeBytes: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [matched, first = '', last = ''] = SINGLE.exec(header ?? '') ?? [];
  if (matched === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < start) return 'whole';
  return start >= sizeBytes ? 'unsatisfiable' : { start, end };
}

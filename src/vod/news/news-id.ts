import { createHash } from 'node:crypto';

/** A UUID (version 8, RFC 9562) that follows from what happened, so that it is told once. */
export function newsId(...facts: readonly unknown[]): string {
  const hex = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

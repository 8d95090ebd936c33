import type { Request } from 'express';
import { OperationError } from '../../operations/index.ts';

/** No body is an empty one; one that is not JSON is refused, as what it says would be left out. */
export function bodyOf({ body, headers }: Request): unknown {
  const isThere = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
  if (body !== undefined || !isThere) return body ?? {};
  const message = 'the body is not of the type application/json';
  throw new OperationError(415, 'UNSUPPORTED_MEDIA_TYPE', message, 'Send JSON with content-type: application/json.');
}

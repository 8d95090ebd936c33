import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ObjectInfo } from '../../storage/index.ts';
import { sendRanged } from '../http/index.ts';
import { OssError } from './oss-error.ts';
import type { OssRequest } from './oss-request.ts';
import type { UploadDoor } from './upload-door.ts';

/** Clocks of storages may be so far from that of the database. */
const SAME_MS = 60_000;

/** Head and Get, the latter by Range, too. */
export async function answerObject(
  { storages, uploads }: UploadDoor,
  { storage: name, object }: { readonly storage: string; readonly object: string },
  asked: OssRequest,
  response: ServerResponse,
): Promise<void> {
  const storage = storages.get(name);
  const info = await storage.head(object);
  if (!info) throw new OssError(404, 'NoSuchKey', 'The specified key does not exist.', { Key: object });
  const known = await uploads.sessions.lastDone(name, object);
  const isIts = known?.receivedBytes === info.sizeBytes && info.modifiedAtMs - known.updatedAt.getTime() < SAME_MS;
  const { tag, md5, crc64 } = isIts ? known.metadata : {};
  const contentType = info.contentType ?? (isIts ? known.contentType : undefined) ?? 'application/octet-stream';
  const result = await sendRanged(asked, response, {
    sizeBytes: info.sizeBytes,
    headers: {
      ETag: `"${(tag ?? md5)?.toUpperCase() ?? objectTag(info)}"`,
      'Last-Modified': new Date(info.modifiedAtMs).toUTCString(),
      // A browser never takes it for a page of ours.
      'Content-Type': asked.query.get('response-content-type') ?? contentType,
      'Content-Disposition': 'attachment',
      'X-Content-Type-Options': 'nosniff',
      'x-oss-object-type': 'Normal',
      'x-oss-storage-class': 'Standard',
      ...(crc64 === undefined ? {} : { 'x-oss-hash-crc64ecma': crc64 }),
    },
    open: (range) => storage.get(object, range ? { range: { start: range.start, end: range.end - 1 } } : {}),
  });
  if (result === 'unsatisfiable') throw new OssError(416, 'InvalidRange', 'The requested range is not satisfiable.');
}

/** Of an object whose MD5 nobody knows: another one whenever it is another object. */
export function objectTag({ name, sizeBytes, modifiedAtMs }: ObjectInfo): string {
  return createHash('md5').update(`${name} ${sizeBytes} ${modifiedAtMs}`).digest('hex').toUpperCase();
}

import { type ListedObjects, notFound, OperationError, type Recordings } from '../../operations/index.ts';
import { sendRanged } from '../http/index.ts';
import type { Http } from './media-operation.ts';

/** Sends an object of a storage, or one of those that it lists. */
export async function sendListed(
  recordings: Recordings,
  listed: ListedObjects,
  object: string,
  { request, response }: Http,
  onSent: (sizeBytes: number) => void,
): Promise<void> {
  const found = await recordings.describe(listed, object);
  const sent =
    found &&
    (await sendRanged(request, response, {
      sizeBytes: found.sizeBytes,
      headers: { 'Content-Type': found.contentType, 'Cache-Control': 'private, no-cache' },
      onSent,
      open: (range) => recordings.open(listed, object, range),
    }));
  if (sent === 'unsatisfiable') {
    const remedy = 'Ask for a range within its size.';
    throw new OperationError(416, 'RANGE_NOT_SATISFIABLE', 'the object is shorter than that', remedy);
  }
  if (sent !== 'sent') throw notFound('RECORDING_NOT_FOUND', 'there is no such object', 'List the recordings.');
}

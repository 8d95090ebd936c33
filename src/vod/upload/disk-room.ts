import { statfs } from 'node:fs/promises';
import { UploadError } from './upload-error.ts';

/** Throws UPLOAD_NO_ROOM where so many bytes more would leave less than `freeBytes` on the folder's disk. */
export async function checkRoom(folder: string, sizeBytes: number, freeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize - sizeBytes >= freeBytes) return;
  const remedy = `Free some space; ${freeBytes} bytes of the disk stay free (upload.freeBytes).`;
  throw new UploadError('UPLOAD_NO_ROOM', 'there is no room for the upload on the disk of the server', remedy);
}

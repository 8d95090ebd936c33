import { CHECKSUM_ALGORITHMS, type Checksum, UploadError } from '../../vod/upload/index.ts';

/** The version of tus, and what of it is served besides its core. */
export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,creation-with-upload,expiration,checksum,termination';

const MOST_METADATA = 4096;

/** A whole number of bytes. */
export function bytesOf(name: string, text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  const remedy = `Send ${name} with a whole number of bytes.`;
  throw new UploadError('UPLOAD_SIZE', `${name} is missing or is no number`, remedy);
}

/** `sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`; undefined where there is none. */
export function checksumOf(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [name, value = ''] = header.trim().split(' ');
  const algorithm = CHECKSUM_ALGORITHMS.find((each) => each === name);
  if (algorithm !== undefined) return { algorithm, value: Buffer.from(value, 'base64') };
  const remedy = `Use one of ${CHECKSUM_ALGORITHMS.join(', ')}.`;
  throw new UploadError('UPLOAD_SIZE', 'Upload-Checksum names an algorithm that is not known here', remedy);
}

/** Names and what is behind them: `filename d29ybGQ=,is_confidential`. */
export function metadataOf(header: string | undefined): Readonly<Record<string, string>> {
  if (header === undefined || header.length > MOST_METADATA) return {};
  const pairs = header.split(',').map((pair) => pair.trim().split(' '));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, Buffer.from(value, 'base64').toString()]));
}

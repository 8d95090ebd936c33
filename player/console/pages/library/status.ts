import type { Verdict } from '../../kit/index.ts';
import type { Asset } from './read-assets.ts';
import { libraryWords } from './words.ts';

const TONES: Readonly<Record<string, Verdict['tone']>> = {
  ...{ Normal: 'good', Uploading: 'quiet', UploadSucc: 'quiet', Transcoding: 'warn' },
  ...{ UploadFail: 'bad', TranscodeFail: 'bad', Blocked: 'bad' },
};

/** Whether more becomes of an asset by itself. */
export function isMoving({ status, trashedAt }: Asset): boolean {
  return trashedAt === undefined && ['Uploading', 'UploadSucc', 'Transcoding'].includes(status);
}

/** Where an asset is in its life. */
export function statusVerdict({ status }: Pick<Asset, 'status'>): Verdict {
  return { words: libraryWords().statuses[status] ?? status, tone: TONES[status] ?? 'quiet' };
}

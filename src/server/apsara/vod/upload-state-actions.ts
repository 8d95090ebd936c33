import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  DONE,
  everyPage,
  hasStatus,
  invalidParameter,
  type ServedAction,
  text,
} from '../base/index.ts';
import { assetOf, type StoredAsset, timeText, vodId } from './stored-asset.ts';

type Upload = {
  readonly id: string;
  readonly asset?: string;
  readonly state: 'open' | 'storing' | 'stored' | 'done' | 'failed' | 'expired' | 'aborted';
  readonly receivedBytes: number;
  readonly sizeBytes?: number;
  readonly url?: string;
  readonly finishedAt?: string;
};

const STATES = {
  ...{ open: 'Uploading', storing: 'Uploading', stored: 'Uploading', done: 'Finished' },
  ...{ failed: 'Fail', expired: 'Fail', aborted: 'Fail' },
} as const;
const MOST_IDS = 20;

/** How far uploads are, and their end. */
export const uploadStateActions: readonly ServedAction[] = [
  action({
    name: 'GetUploadDetails',
    summary: 'How far the uploads of media are',
    differs: 'device, address and client of the upload are not told',
    input: z.object({ MediaIds: commaList, MediaType: text.optional() }),
    run: async ({ input: { MediaIds }, ask }) => {
      if (MediaIds.length === 0 || MediaIds.length > MOST_IDS) {
        throw invalidParameter('MediaIds', `it must name 1 to ${MOST_IDS}`);
      }
      const [found, uploads] = await Promise.all([Promise.all(MediaIds.map((id) => assetOf(ask, id))), uploadsOf(ask)]);
      return {
        UploadDetails: found.flatMap((asset) => (asset ? [shown(asset, newestOf(uploads, asset.id))] : [])),
        NonExistMediaIds: MediaIds.filter((_, index) => found[index] === undefined),
        ForbiddenMediaIds: [],
      };
    },
  }),
  action({
    name: 'DeleteMultipartUpload',
    summary: 'Ends the upload of a media and removes what has come of it',
    input: z.object({ MediaId: text, MediaType: text }),
    run: async ({ input: { MediaId }, ask }) => {
      const upload = newestOf(await uploadsOf(ask), MediaId);
      if (!upload) throw new ApsaraError(404, 'NoSuchResource', 'The specified resource MediaId does not exist.');
      await aborted(ask, upload);
      return DONE;
    },
  }),
  action({
    name: 'CancelUrlUploadJobs',
    summary: 'Ends the fetching from addresses',
    input: z.object({ JobIds: commaList.optional(), UploadUrls: commaList.optional() }),
    run: async ({ input: { JobIds, UploadUrls }, ask }) => {
      const asked = JobIds ?? UploadUrls ?? [];
      if (asked.length === 0 || asked.length > 10) throw invalidParameter('JobIds', 'it must name 1 to 10');
      const fetches = (await uploadsOf(ask)).filter(({ url }) => url !== undefined);
      const CanceledJobs: string[] = [];
      const NonExists: string[] = [];
      for (const each of asked) {
        const found = fetches.find(
          ({ id, url }) => vodId(id) === each || url === each || url === decodeURIComponent(each),
        );
        if (found && (await aborted(ask, found))) CanceledJobs.push(vodId(found.id));
        else NonExists.push(each);
      }
      return { CanceledJobs, NonExists };
    },
  }),
];

const uploadsOf = (ask: ActionCall['ask']) => everyPage<Upload>(ask, 'listUploads', 'uploads', { limit: 200 });

/** The newest come first. */
const newestOf = (uploads: readonly Upload[], asset: string) => uploads.find((each) => each.asset === asset);

/** False where it is over. */
async function aborted(ask: ActionCall['ask'], { id }: Upload): Promise<boolean> {
  try {
    await ask('abortUpload', { params: { id } });
    return true;
  } catch (error) {
    if (hasStatus(error, 409) || hasStatus(error, 410)) return false;
    throw error;
  }
}

function shown({ id, title, status, createdAt, modifiedAt, sizeBytes }: StoredAsset, upload: Upload | undefined): Body {
  const size = upload?.sizeBytes ?? sizeBytes;
  const received = upload?.receivedBytes ?? sizeBytes;
  const isDone = upload === undefined || upload.state === 'done';
  return {
    ...{ MediaId: id, Title: title, Status: status, FileSize: size, UploadSize: received },
    ...{ CreationTime: timeText(createdAt), ModificationTime: timeText(modifiedAt) },
    ...{
      UploadStatus: upload ? STATES[upload.state] : 'Finished',
      UploadRatio: isDone ? 1 : size > 0 ? received / size : 0,
    },
    ...(upload?.finishedAt !== undefined && { CompletionTime: timeText(upload.finishedAt) }),
  };
}

import { ClipError } from '../clip/index.ts';
import { MediaError } from '../ffmpeg/index.ts';
import { BusyError, IdentityError, type IdentityErrorCode } from '../identity/index.ts';
import { JobError } from '../jobs/index.ts';
import { RecordingError } from '../record/index.ts';
import { StorageError } from '../storage/index.ts';
import { isRefusedData, lostDatabase } from '../store/index.ts';
import { LibraryError } from '../vod/index.ts';
import { PlayError } from '../vod/play/index.ts';
import { WorkflowError } from '../workflow/index.ts';
import { OperationError } from './base/index.ts';
import { uploadErrorOf } from './upload-operations.ts';

const OF_IDENTITY: Readonly<Record<IdentityErrorCode, number>> = {
  KEY_NOT_FOUND: 404,
  LAST_ADMIN: 409,
  LIMIT: 409,
  NAME_TAKEN: 409,
  NOT_YOURS_TO_GIVE: 403,
  PASSWORD_WEAK: 400,
  SESSION_NOT_FOUND: 404,
  TOTP_ALREADY: 409,
  TOTP_NOT_BEGUN: 409,
  TOTP_WRONG: 400,
  USER_NOT_FOUND: 404,
  WRONG_PASSWORD: 403,
};

const OF_JOBS: Readonly<Record<string, number>> = {
  JOB_NOT_OVER: 409,
  JOB_NOT_RETRIABLE: 409,
  JOB_STEPS_INVALID: 400,
  JOB_UNKNOWN: 404,
  PIPELINE_IN_USE: 409,
  PIPELINE_UNKNOWN: 404,
};

/** What another try may bring is the server's trouble; all else is in what was asked for. */
function ofMedia({ code, isFinal }: MediaError): number {
  if (code === 'INPUT_NOT_FOUND') return 404;
  if (code === 'OUTPUT_EXISTS') return 409;
  return isFinal ? 400 : 503;
}

const VALUE_REMEDY = 'Leave out control characters, and numbers and times far from all others.';

/** What a part of the server says it cannot do, as an operation says it; undefined for a fault. */
export function operationErrorOf(error: unknown): OperationError | undefined {
  if (error instanceof OperationError) return error;
  if (isRefusedData(error)) return new OperationError(400, 'BAD_REQUEST', 'no such value can be stored', VALUE_REMEDY);
  const lost = lostDatabase(error);
  if (lost) return new OperationError(503, lost.code, lost.message, lost.remedy);
  const ofUpload = uploadErrorOf(error);
  if (ofUpload) return ofUpload;
  const status = statusOf(error);
  if (status === undefined || !(error instanceof Error)) return undefined;
  if (error instanceof BusyError) return new OperationError(status, 'BUSY', error.message, 'Try again in a moment.');
  const { code, remedy } = error as Error & { readonly code: string; readonly remedy: string };
  return new OperationError(status, code, error.message, remedy);
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof IdentityError) return OF_IDENTITY[error.code];
  if (error instanceof ClipError || error instanceof LibraryError) return error.status;
  if (error instanceof PlayError || error instanceof WorkflowError) return error.status;
  if (error instanceof JobError) return OF_JOBS[error.code];
  if (error instanceof MediaError) return ofMedia(error);
  if (error instanceof RecordingError) return 409;
  if (error instanceof StorageError) return error.code === 'OBJECT_NOT_FOUND' ? 404 : 503;
  return error instanceof BusyError ? 429 : undefined;
}

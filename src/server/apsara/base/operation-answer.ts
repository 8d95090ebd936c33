import { operationErrorOf } from '../../../operations/index.ts';
import { ApsaraError } from './apsara-error.ts';

const CODES: Readonly<Record<number, string>> = {
  400: 'InvalidParameter',
  403: 'Forbidden',
  404: 'ResourceNotFound',
  409: 'OperationDenied',
  412: 'OperationDenied',
  429: 'Throttling',
  503: 'ServiceUnAvailable',
};

/** What was not done, in ApsaraVideo's words; undefined for a fault. */
export function apsaraErrorOf(error: unknown): ApsaraError | undefined {
  if (error instanceof ApsaraError) return error;
  const known = operationErrorOf(error);
  if (known === undefined) return undefined;
  const { status, code, message, remedy, errors } = known;
  const where = errors.map(({ path, message: reason }) => `${path}: ${reason}`).join('; ');
  const sentence = [where === '' ? message : where, remedy].filter((part) => part !== '').join('. ');
  if (code === 'ALREADY_THERE') return new ApsaraError(400, 'ConfigAlreadyExists', sentence);
  return new ApsaraError(status, CODES[status] ?? 'InternalError', sentence);
}

/** Whether an operation was refused with this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return operationErrorOf(error)?.status === status;
}

/** Whether an operation found nothing of that name. */
export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);

/** What an operation gives, with the code of its family where it finds nothing: `orNotFound(…, 'InvalidStream.NotFound', 'stream')`. */
export async function orNotFound<T>(asked: Promise<T>, code: string, what: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (isNotFound(error)) throw new ApsaraError(404, code, `Specified ${what} is not found.`);
    throw error;
  }
}

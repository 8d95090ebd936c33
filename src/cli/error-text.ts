import { ConfigError } from '../config/index.ts';
import { MediaError } from '../ffmpeg/index.ts';
import { redactText } from '../log/index.ts';
import { OperationError } from '../operations/index.ts';
import { StoreError } from '../store/index.ts';
import { CliError } from './installation/index.ts';

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'Run this as the account of the server, or change who may read and write there.',
  EPERM: 'Run this as the account of the server, or change who may read and write there.',
  ENOENT: 'Check the path.',
  EISDIR: 'Name a file, not a folder.',
  ENOSPC: 'The disk is full: free some space.',
  EROFS: 'The disk is read-only: name a path on another one.',
};

/** A failure as a person reads it: one sentence and what to do, no stack, no secret. */
export function errorText(error: unknown): string {
  if (error instanceof ConfigError) return `${error.message}\n`;
  const knows = [CliError, MediaError, StoreError, OperationError].find((kind) => error instanceof kind);
  if (knows) {
    const { message, remedy } = error as CliError;
    return sentence(message, remedy);
  }
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  const remedy = SYSTEM_ERRORS[code ?? ''];
  if (remedy !== undefined) return sentence(redactText(message), remedy);
  return sentence(`unexpected: ${redactText(message)}`, 'Report it as a fault of Headwater if it comes again.');
}

/** What programs see of it. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return 2;
  if (error instanceof OperationError) return error.status === 400 ? 2 : 1;
  return error instanceof CliError ? error.exitCode : 1;
}

function sentence(message: string, remedy: string): string {
  return `headwater: ${message.replace(/\.$/, '')}. ${remedy}\n`;
}

import { createWriteStream } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Agent, request } from 'undici';
import { MediaError } from '../ffmpeg/index.ts';
import { ForbiddenAddressError } from '../notify/index.ts';

export type Fetching = {
  /** Looks at the address of each connection. */
  readonly agent: Agent;
  readonly maxBytes: number;
  /** So much of it is taken already, as by what else a playlist leads to. */
  readonly takenBytes?: number;
  readonly signal?: AbortSignal | undefined;
};

const MOST_REDIRECTS = 5;
const SILENT_MS = 60_000;

/** Brings what is at an address into a file. Throws MediaError. */
export async function fetchUrl(url: string, file: string, fetching: Fetching): Promise<void> {
  try {
    const body = await bodyOf(checkedUrl(url), fetching, MOST_REDIRECTS);
    await writeBounded(body, file, fetching);
  } catch (error) {
    fetching.signal?.throwIfAborted();
    throw fetchError(url, error);
  }
}

/** Writes a stream to a file, and no more than so much of it. */
export async function writeBounded(body: Readable, file: string, fetching: Omit<Fetching, 'agent'>) {
  const { maxBytes, signal } = fetching;
  let sizeBytes = fetching.takenBytes ?? 0;
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      done(sizeBytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
    },
  });
  await pipeline(body, bound, createWriteStream(file, { mode: 0o600 }), { signal });
}

async function bodyOf(url: URL, fetching: Fetching, redirects: number): Promise<Readable> {
  const { agent: dispatcher, signal, maxBytes } = fetching;
  const { statusCode, headers, body } = await request(url, {
    ...{ dispatcher, headers: { 'user-agent': 'Headwater' }, headersTimeout: SILENT_MS, bodyTimeout: SILENT_MS },
    ...(signal ? { signal } : {}),
  });
  const { location } = headers;
  if (statusCode >= 300 && statusCode < 400 && typeof location === 'string' && redirects > 0) {
    await body.dump();
    return bodyOf(checkedUrl(new URL(location, url).href), fetching, redirects - 1);
  }
  if (statusCode !== 200) {
    await body.dump();
    throw statusError(url, statusCode);
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    body.destroy();
    throw tooLarge(maxBytes);
  }
  return body;
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '') return url;
  const remedy = 'Use an address that begins with http:// or https:// and has no password in it.';
  throw new MediaError('URL_FORBIDDEN', 'this is no address that is fetched', remedy);
}

function statusError(url: URL, status: number): MediaError {
  const code = status === 404 || status === 410 ? 'INPUT_NOT_FOUND' : 'URL_UNREACHABLE';
  const message = `${url.host} answers ${status}`;
  return new MediaError(code, message, 'Check the address, and that this server may read it.', {
    isFinal: status < 500 && status !== 429,
  });
}

function tooLarge(maxBytes: number): MediaError {
  const remedy = 'Give a smaller file, or raise media.limits.inputBytes.';
  return new MediaError('INPUT_TOO_LARGE', `the input has more than ${maxBytes} bytes`, remedy);
}

function fetchError(url: string, cause: unknown): unknown {
  if (cause instanceof MediaError) return cause;
  const forbidden = cause instanceof ForbiddenAddressError ? cause : (cause as Error).cause;
  if (forbidden instanceof ForbiddenAddressError) {
    const remedy = 'Give an address of the public network, or set media.urls to private.';
    return new MediaError('URL_FORBIDDEN', forbidden.message.replace('sent', 'fetched'), remedy, { cause });
  }
  if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') return diskFull(cause);
  const message = `${URL.canParse(url) ? new URL(url).host : 'the address'} could not be fetched: ${(cause as Error).message}`;
  return new MediaError('URL_UNREACHABLE', message, 'Check the address; it is tried again.', { isFinal: false, cause });
}

export function diskFull(cause: unknown): MediaError {
  const remedy = 'Free some space on the disk of media.workDir.';
  return new MediaError('DISK_FULL', 'there is no room for what is processed', remedy, { isFinal: false, cause });
}

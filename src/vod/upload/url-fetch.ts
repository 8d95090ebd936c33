import { type Dispatcher, request } from 'undici';
import { ForbiddenAddressError } from '../../notify/index.ts';
import { exactly } from './checked-bytes.ts';
import { UploadError } from './upload-error.ts';

const MOST_REDIRECTS = 5;
/** Nothing moved for so long. */
const IDLE_MS = 30_000;

type Fetch = {
  readonly url: string;
  readonly atByte: number;
  /** Of what came before: only of the same the rest is wanted. */
  readonly tag: string | undefined;
  /** Looks at every address it connects to. */
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
};

/** What an address answers with, from where it begins. */
export type FetchedBytes = {
  readonly atByte: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of all of it, where the address says so. */
  readonly sizeBytes: number | undefined;
  readonly tag: string | undefined;
  readonly contentType: string | undefined;
};

/** Asks for an address, or for the rest of it, over redirects. Throws URL_REFUSED for good and URL_FAILED for now. */
export async function fetchBytes({ url, atByte, tag, dispatcher, signal }: Fetch): Promise<FetchedBytes> {
  const canContinue = atByte > 0 && tag !== undefined;
  const headers = {
    'user-agent': 'Headwater',
    'accept-encoding': 'identity',
    ...(canContinue ? { range: `bytes=${atByte}-`, 'if-range': tag } : {}),
  };
  const timeouts = { headersTimeout: IDLE_MS, bodyTimeout: IDLE_MS };
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await request(at, { dispatcher, headers, signal, ...timeouts }).catch(unreachable);
    const location = textOf(answer.headers.location);
    if (answer.statusCode === 200 || answer.statusCode === 206) return fetchedOf(answer, atByte);
    await answer.body.dump().catch(() => undefined);
    if (answer.statusCode < 300 || answer.statusCode >= 400 || location === undefined)
      throw answered(answer.statusCode);
    at = nextOf(at, location);
  }
  const remedy = 'Give the address that they lead to.';
  throw new UploadError('URL_REFUSED', `more than ${MOST_REDIRECTS} redirects`, remedy);
}

function fetchedOf({ statusCode, headers, body }: Dispatcher.ResponseData, atByte: number): FetchedBytes {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(textOf(headers['content-range']) ?? '');
  const from = statusCode === 206 ? Number(range?.[1] ?? Number.NaN) : 0;
  if (statusCode === 206 && from !== atByte) throw new UploadError('URL_FAILED', 'another range came', RETRIED);
  const length = textOf(headers['content-length']);
  const rest = length === undefined ? undefined : Number(length);
  const bytes = steady(body);
  return {
    atByte: from,
    bytes: rest === undefined ? bytes : exactly(rest, bytes),
    sizeBytes: range ? Number(range[2]) : rest,
    // A weak tag is no promise that the bytes are the same.
    tag: textOf(headers.etag)?.replace(/^W\/.*$/, '') || textOf(headers['last-modified']),
    contentType: textOf(headers['content-type'])?.split(';')[0],
  };
}

const RETRIED = 'It is tried again by itself for some minutes.';

/** A connection that breaks in mid-body is for now. */
async function* steady(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new UploadError('URL_FAILED', 'the connection broke off', RETRIED, error);
  }
}

function nextOf(from: string, location: string): string {
  const next = new URL(location, from);
  if (next.protocol === 'http:' || next.protocol === 'https:') return next.href;
  throw new UploadError(
    'URL_REFUSED',
    'a redirect leads to no address of the web',
    'Give an address of http or https.',
  );
}

function answered(status: number): UploadError {
  const isPassing = status === 408 || status === 429 || status >= 500;
  const remedy = isPassing ? RETRIED : 'Give an address that answers with the file to everybody.';
  return new UploadError(isPassing ? 'URL_FAILED' : 'URL_REFUSED', `the address answered with ${status}`, remedy);
}

function unreachable(error: unknown): never {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (!(each instanceof ForbiddenAddressError)) continue;
    throw new UploadError('URL_REFUSED', each.message, 'Give a public address.', error);
  }
  throw new UploadError('URL_FAILED', 'the address cannot be reached', RETRIED, error);
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

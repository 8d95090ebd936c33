import { signal } from '@preact/signals';
import { readRefusal } from '../../refusal/index.ts';

const READ_TIMEOUT_MS = 8000;
/** A clip, a signed URL or a change of the rules may take the server a while. */
const WRITE_TIMEOUT_MS = 60_000;

/** Why the API gave no answer: nobody signed in, words from the server, or no server at all. */
export type ApiProblem =
  | { readonly kind: 'signed-out'; readonly code?: string }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code?: string;
      readonly reason: string;
      readonly remedy?: string;
      /** What is wrong with single fields of the body, by their names (`play.auth.key1`). */
      readonly fields?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'unreachable' };

/** An answer from the API, parsed but not yet read; `problem` says why there is none. */
export type ApiAnswer = { readonly value: unknown; readonly etag?: string } | { readonly problem: ApiProblem };

/** `etag`: change it only where it still is what was read (If-Match); else the server refuses with 412. */
export type ChangeOptions = { readonly etag?: string | undefined };

/** Whether somebody's session ended while the console was open: it then asks to sign in again. */
export const isSignedOut = signal(false);

/** GET below `/api/v1`. A long poll says how long it may take; `signal` ends it before. */
export function ask(
  path: string,
  { timeoutMs = READ_TIMEOUT_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<ApiAnswer> {
  return request(path, { method: 'GET', ...(signal && { signal }) }, timeoutMs);
}

/** POST of a JSON body below `/api/v1`. */
export function post(path: string, body: unknown = {}, options: ChangeOptions = {}): Promise<ApiAnswer> {
  return change('POST', path, body, options);
}

export function put(path: string, body: unknown, options: ChangeOptions = {}): Promise<ApiAnswer> {
  return change('PUT', path, body, options);
}

export function patch(path: string, body: unknown, options: ChangeOptions = {}): Promise<ApiAnswer> {
  return change('PATCH', path, body, options);
}

export function remove(path: string, options: ChangeOptions = {}): Promise<ApiAnswer> {
  return change('DELETE', path, undefined, options);
}

/** A path below `/api/v1` of names that may hold anything. */
export function pathOf(...names: readonly string[]): string {
  return names.map((name) => `/${encodeURIComponent(name)}`).join('');
}

/** A query of what is given, `?` and all; values that are undefined or empty are left out. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** The server has no such operation: it is of another version than this page, or the operation is switched off. */
export function isAbsent(problem: ApiProblem | undefined): boolean {
  return problem?.kind === 'refused' && problem.status === 404 && problem.code === 'NOT_FOUND';
}

/** What was asked for is not there, or no longer. */
export function isMissing(problem: ApiProblem | undefined): boolean {
  return problem?.kind === 'refused' && problem.status === 404;
}

export function problemIn(answer: ApiAnswer): ApiProblem | undefined {
  return 'problem' in answer ? answer.problem : undefined;
}

function change(method: string, path: string, body: unknown, { etag }: ChangeOptions): Promise<ApiAnswer> {
  const headers: Record<string, string> = { ...(etag !== undefined && { 'if-match': etag }) };
  if (body === undefined) return request(path, { method, headers }, WRITE_TIMEOUT_MS);
  headers['content-type'] = 'application/json';
  return request(path, { method, headers, body: JSON.stringify(body) }, WRITE_TIMEOUT_MS);
}

async function request(path: string, init: RequestInit, timeoutMs: number): Promise<ApiAnswer> {
  try {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const answer = await fetch(`/api/v1${path}`, { ...init, cache: 'no-store', signal });
    const body = await answer.text();
    if (answer.status === 401) return signedOut(path, body);
    if (!answer.ok) return { problem: refusalOf(answer, body) };
    const etag = answer.headers.get('etag');
    return { value: body === '' ? undefined : JSON.parse(body), ...(etag !== null && { etag }) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) return { problem: { kind: 'unreachable' } };
    return {
      problem: { kind: 'refused', status: 200, reason: 'The answer was not JSON. Is another server on this port?' },
    };
  }
}

function signedOut(path: string, body: string): ApiAnswer {
  if (path !== '/login') isSignedOut.value = true;
  const { code } = fieldsOf(body);
  return { problem: { kind: 'signed-out', ...(typeof code === 'string' && { code }) } };
}

function refusalOf(answer: Response, body: string): ApiProblem {
  const words = readRefusal(answer.headers.get('content-type') ?? '', body);
  const { code, errors } = fieldsOf(body);
  return {
    kind: 'refused',
    status: answer.status,
    ...(words ?? { reason: `The server answered ${answer.status}.` }),
    ...(typeof code === 'string' && { code }),
    ...(Array.isArray(errors) && { fields: fieldErrors(errors) }),
  };
}

/** RFC 9457, 3: an extension `errors` of `{ pointer or path, detail or message }`. */
function fieldErrors(errors: readonly unknown[]): Record<string, string> {
  const found = errors.map((error): [string, string] => {
    const { pointer, path, field, detail, message } = Object(error) as Record<string, unknown>;
    const place = String(pointer ?? path ?? field ?? '');
    return [
      place
        .replace(/^#?\//, '')
        .replaceAll('/', '.')
        .replace(/^body\./, ''),
      String(detail ?? message ?? ''),
    ];
  });
  return Object.fromEntries(found);
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

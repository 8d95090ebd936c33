import { readRefusal } from '../refusal/index.ts';

const TIMEOUT_MS = 8000;

/** Why the API gave no answer: nobody signed in, words from the server, or no server at all. */
export type ApiProblem =
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly remedy?: string }
  | { readonly kind: 'unreachable' };

/** An answer from the API, parsed but not yet read; `problem` says why there is none. */
export type ApiAnswer = { readonly value: unknown } | { readonly problem: ApiProblem };

/** GET below `/api/v1`. */
export function ask(path: string): Promise<ApiAnswer> {
  return request(path, { method: 'GET' });
}

/** Signs in; the server answers with a session cookie. A wrong password is a refusal, not `signed-out`. */
export async function signIn(password: string): Promise<ApiProblem | undefined> {
  const answer = await request('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  if (!('problem' in answer)) return undefined;
  if (answer.problem.kind !== 'signed-out') return answer.problem;
  return {
    kind: 'refused',
    status: 401,
    reason: 'That is not the password.',
    remedy: 'The first start printed it once.',
  };
}

async function request(path: string, init: RequestInit): Promise<ApiAnswer> {
  try {
    const answer = await fetch(`/api/v1${path}`, {
      ...init,
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await answer.text();
    if (answer.status === 401) return { problem: { kind: 'signed-out' } };
    if (!answer.ok) return { problem: refusalOf(answer, body) };
    return { value: body === '' ? undefined : JSON.parse(body) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) return { problem: { kind: 'unreachable' } };
    return {
      problem: { kind: 'refused', status: 200, reason: 'The answer was not JSON. Is another server on this port?' },
    };
  }
}

function refusalOf(answer: Response, body: string): ApiProblem {
  const words = readRefusal(answer.headers.get('content-type') ?? '', body);
  return { kind: 'refused', status: answer.status, ...(words ?? { reason: `The server answered ${answer.status}.` }) };
}

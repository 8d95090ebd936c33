import { curlCode, type Language, nodeCode, pythonCode } from './code-samples.ts';
import { type Call, type Signature, type SignedRequest, signRequest } from './sign-request.ts';

/** What was sent, what came back, and the same as programs. */
export type Outcome = {
  readonly request: SignedRequest;
  readonly answer: { readonly status: number; readonly tookMs: number; readonly text: string } | undefined;
  readonly code: Readonly<Record<Language, string>>;
};

type Given = Pick<Call, 'action' | 'version' | 'parameters' | 'keyId' | 'secret'>;

/** Signs a call, sends it to the server that this page is from, and signs it again for whoever copies it. */
export async function callAction(signature: Signature, given: Given): Promise<Outcome> {
  const { origin, host } = window.location;
  const now = () => ({ ...given, host, at: new Date(), nonce: crypto.randomUUID() });
  const request = await signRequest(signature, now());
  const again = await signRequest(signature, now());
  const code = {
    curl: curlCode(origin, again),
    node: nodeCode(origin, given),
    python: pythonCode(origin, given),
  };
  return { request, code, answer: await answerOf(request) };
}

async function answerOf({ method, path, headers }: SignedRequest): Promise<Outcome['answer']> {
  const startedMs = performance.now();
  try {
    const answer = await fetch(path, { method, headers, cache: 'no-store', credentials: 'omit' });
    const text = await answer.text();
    return { status: answer.status, tookMs: Math.round(performance.now() - startedMs), text: indented(text) };
  } catch {
    return undefined;
  }
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** The request as it goes over the wire. */
export function requestText({ method, path, headers }: SignedRequest): string {
  const lines = Object.entries({ host: window.location.host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines].join('\n');
}

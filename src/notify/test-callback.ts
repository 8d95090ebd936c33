import { randomUUID } from 'node:crypto';
import { callbackRequest } from './callback-request.ts';
import { errorText, SEND_TIMEOUT_MS } from './deliverer.ts';
import { isSuccess } from './endpoint-form.ts';
import type { Endpoint, StreamEvent } from './event.ts';
import type { AskCallback } from './send.ts';

/** What an endpoint made of a test. */
export type CallbackTest = {
  /** Whether a real callback would have been delivered. */
  readonly isTaken: boolean;
  readonly durationMs: number;
  readonly status?: number;
  /** The beginning of the answer. */
  readonly excerpt?: string;
  /** Why there was no answer. */
  readonly error?: string;
};

type Around = { readonly ask: AskCallback; readonly nowMs: () => number };

/** Sends an endpoint the `publish` of a stream that nobody publishes, `test/headwater-test`, once. */
export function testCallback(endpoint: Endpoint, domain: string, around: Around): Promise<CallbackTest> {
  return sendTest(endpoint, testEvent(domain, around.nowMs()), around);
}

/** The same of assets: sends the upload of an asset that is not there, once. */
export function testMediaCallback(endpoint: Endpoint, around: Around): Promise<CallbackTest> {
  return sendTest(endpoint, testUpload(around.nowMs()), around);
}

async function sendTest(endpoint: Endpoint, event: StreamEvent, { ask, nowMs }: Around): Promise<CallbackTest> {
  const startedAtMs = nowMs();
  const request = callbackRequest(event, endpoint, startedAtMs);
  const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
  try {
    const answer = await ask(request, endpoint.setBy, signal);
    return { isTaken: isSuccess(endpoint, answer), durationMs: nowMs() - startedAtMs, ...answer };
  } catch (error) {
    const reason = signal.aborted ? 'no answer within 5 s' : errorText(error);
    return { isTaken: false, durationMs: nowMs() - startedAtMs, error: reason };
  }
}

function testEvent(domain: string, atMs: number): StreamEvent {
  const data = {
    query: 'test=1',
    address: '127.0.0.1',
    protocol: 'rtmp',
    width: 1280,
    height: 720,
    test: true,
  } as const;
  const names = { domain, ingestDomain: domain, app: 'test', stream: 'headwater-test' };
  return { id: randomUUID(), kind: 'publish', sessionId: randomUUID(), ...names, atMs, data };
}

function testUpload(atMs: number): StreamEvent {
  const id = '0'.repeat(32);
  const asset = { id, kind: 'video', title: 'Headwater test', userData: '{"Extend":"test"}' } as const;
  const object = `vod/${id}/test.mp4`;
  const file = { storage: 'test', object, path: 'test/test.mp4', format: 'mp4', sizeBytes: 1000 };
  const names = { domain: '', ingestDomain: '', app: '', stream: '' };
  const data = { media: { asset, file, test: true } } as const;
  return { id: randomUUID(), kind: 'asset_uploaded', sessionId: id, ...names, atMs, data };
}

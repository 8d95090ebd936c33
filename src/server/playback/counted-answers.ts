import type { PlayRequest } from '../../access/index.ts';
import type { SentBytes, StreamCounters, UsageDoor } from '../../usage/index.ts';
import type { Response } from './exchange.ts';

type Account = { sent: SentBytes; readonly answered: (status: number) => void };

const accounts = new WeakMap<Response, Account>();

/** From now on the answer is counted as one of the stream that was asked for. */
export function countAs(
  response: Response,
  usage: Pick<StreamCounters, 'sent' | 'answered'>,
  asked: PlayRequest,
  door: UsageDoor,
): void {
  const id = { domain: asked.domain.name, app: asked.app, name: asked.stream };
  accounts.set(response, {
    sent: usage.sent(id, door, asked.isSecure === true),
    answered: (status) => usage.answered(id, door, status),
  });
}

/** Its bytes are another rendition's, or leave by another door. */
export function countBytesAs(response: Response, sent: SentBytes): void {
  const account = accounts.get(response);
  if (account) account.sent = sent;
}

/** The answer has this status, and so far so many bytes. */
export function countAnswer(response: Response, status: number, sizeBytes: number): void {
  const account = accounts.get(response);
  if (!account) return;
  account.answered(status);
  account.sent.bytes += sizeBytes;
}

/** More bytes of the answer were sent. */
export function countSent(response: Response, sizeBytes: number): void {
  const account = accounts.get(response);
  if (account) account.sent.bytes += sizeBytes;
}

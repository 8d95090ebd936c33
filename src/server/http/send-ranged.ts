import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ByteRange, byteRangeOf } from './byte-range.ts';

/** An object that is sent as it is read. */
export type RangedObject = {
  readonly sizeBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  /** All of it, or a range; undefined where it is gone. */
  readonly open: (range: ByteRange | undefined) => Promise<{ readonly body: Readable } | undefined>;
  /** Called once it is sure that it is sent, with the status. */
  readonly onAnswer?: (status: 200 | 206) => void;
  /** Called for each piece, with its size. */
  readonly onSent?: (sizeBytes: number) => void;
};

type Asked = { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders };

/** Sends an object or the range of it that was asked for; what could not be sent is the caller's to answer. */
export async function sendRanged(
  { method, headers: asked }: Asked,
  response: ServerResponse,
  { sizeBytes, headers, open, onAnswer, onSent }: RangedObject,
): Promise<'sent' | 'unsatisfiable' | 'gone'> {
  const isSame = asked['if-range'] === undefined || asked['if-range'] === headers.ETag;
  const range = isSame ? byteRangeOf(asked.range, sizeBytes) : 'whole';
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${sizeBytes}`);
    return 'unsatisfiable';
  }
  const { start, end } = range === 'whole' ? { start: 0, end: sizeBytes } : range;
  const opened = await open(range === 'whole' ? undefined : range);
  if (!opened) return 'gone';
  const status = range === 'whole' ? 200 : 206;
  onAnswer?.(status);
  response.writeHead(status, {
    ...headers,
    'Content-Length': String(end - start),
    'Accept-Ranges': 'bytes',
    ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${sizeBytes}` }),
  });
  if (method === 'HEAD') {
    opened.body.destroy();
    response.end();
    return 'sent';
  }
  // A viewer who goes away in mid-answer is nothing to speak of.
  const sending = onSent ? pipeline(opened.body, heard(onSent), response) : pipeline(opened.body, response);
  await sending.catch(() => response.destroy());
  return 'sent';
}

function heard(onSent: (sizeBytes: number) => void) {
  return async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      onSent(piece.length);
      yield piece;
    }
  };
}

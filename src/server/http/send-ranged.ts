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
};

type Asked = { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders };

/** Sends an object or the range of it that was asked for; what could not be sent is the caller's to answer. */
export async function sendRanged(
  { method, headers: asked }: Asked,
  response: ServerResponse,
  { sizeBytes, headers, open }: RangedObject,
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
  response.writeHead(range === 'whole' ? 200 : 206, {
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
  await pipeline(opened.body, response).catch(() => response.destroy());
  return 'sent';
}

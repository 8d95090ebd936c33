import type { ServerResponse } from 'node:http';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { headersOf } from './answer.ts';
import { countAnswer, countSent } from './counted-answers.ts';
import type { Request, Response } from './exchange.ts';
import { PLAYLIST_TYPE } from './playlist-text.ts';

export type LongAnswer = {
  readonly cacheControl: string;
  readonly chunks: AsyncIterable<string>;
};

/** Sends a text piece by piece, as fast as the viewer takes it; none of it is in memory as a whole. */
export async function answerLong(
  request: Request,
  response: Response,
  { chunks, cacheControl }: LongAnswer,
  takesGzip: boolean,
): Promise<void> {
  const headers = { Vary: 'Accept-Encoding', ...(takesGzip ? { 'Content-Encoding': 'gzip' } : {}) };
  (response as ServerResponse).writeHead(
    200,
    headersOf({ type: PLAYLIST_TYPE, cacheControl, body: undefined, headers }),
  );
  countAnswer(response, 200, 0);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = Readable.from(chunks, { objectMode: false });
  const sink = response as Writable;
  try {
    const counted = (chunks: AsyncIterable<Uint8Array>) => countedChunks(chunks, response);
    if (takesGzip) await pipeline(source, createGzip({ level: 5 }), counted, sink);
    else await pipeline(source, counted, sink);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function* countedChunks(chunks: AsyncIterable<Uint8Array>, response: Response): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    countSent(response, Buffer.byteLength(chunk));
    yield chunk;
  }
}

/** The viewer left before the end. */
function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}

import { type Dispatcher, request } from 'undici';
import { FlvReader } from '../protocol/flv/index.ts';
import { wordsOf } from './rtmp-link.ts';
import type { Source, SourceListener } from './source.ts';

const KINDS = { audio: 'audio', video: 'video', script: 'data' } as const;
const MOST_REDIRECTS = 3;

/** Reads an FLV stream over HTTP. */
export function flvSource(url: string, dispatcher: Dispatcher, listener: SourceListener): Source {
  const abort = new AbortController();
  const closed = (reason: string) => {
    if (!abort.signal.aborted) listener.onClosed(reason);
    abort.abort();
  };
  read(url, dispatcher, listener, abort.signal).then(
    () => closed('the stream has ended there'),
    (error) => closed(wordsOf(error)),
  );
  return { by: 'flv', address: '', close: () => abort.abort() };
}

async function read(url: string, dispatcher: Dispatcher, { onMedia }: SourceListener, signal: AbortSignal) {
  const body = await open(url, dispatcher, signal);
  const reader = new FlvReader();
  for await (const bytes of body) {
    for (const { type, timestampMs, payload } of reader.push(bytes as Uint8Array)) {
      if (signal.aborted) return;
      onMedia({ kind: KINDS[type], timestamp: timestampMs, payload });
    }
  }
}

/** Each hop goes through the same guard. */
async function open(url: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
  let at = new URL(url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const headers = { 'user-agent': 'Headwater', ...authorizationOf(at) };
    const bare = `${at.origin}${at.pathname}${at.search}`;
    const { statusCode, headers: answered, body } = await request(bare, { dispatcher, headers, signal });
    if (statusCode === 200) return body;
    await body.dump({ limit: 65_536, signal }).catch(() => undefined);
    const { location } = answered;
    if (statusCode < 300 || statusCode > 399 || typeof location !== 'string')
      throw new Error(`it answers ${statusCode}`);
    at = new URL(location, at);
    if (!/^https?:$/.test(at.protocol)) break;
  }
  throw new Error('it sends on elsewhere too often, or not to http');
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

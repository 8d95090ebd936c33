/** The server's own words for a refusal. */
export type Refusal = { readonly reason: string; readonly remedy?: string };

const MAX_BODY_BYTES = 4096;
const MAX_SENTENCE_LENGTH = 400;

/** Reads a refusal from a JSON or text body; undefined when the body says nothing for people. */
export function readRefusal(contentType: string, body: string): Refusal | undefined {
  const text = body.trim();
  if (text === '') return undefined;
  if (contentType.includes('json') || text.startsWith('{')) return refusalFromJson(text);
  if (contentType.includes('html')) return undefined;
  return { reason: shorten(text) };
}

/** A WebSocket's address as the same door answers it by plain HTTP, since a browser hides why a WebSocket was refused. */
export function httpUrlOf(url: string): string {
  return url.replace(/^ws(s?):/, 'http$1:');
}

/** Asks the URL once more for the words behind a status; reads no further than 4 kB, so a stream that now plays costs little. */
export async function askForRefusal(url: string, signal: AbortSignal): Promise<Refusal | undefined> {
  try {
    const answer = await fetch(httpUrlOf(url), { signal, cache: 'no-store' });
    const body = await readStart(answer);
    return answer.ok ? undefined : readRefusal(answer.headers.get('content-type') ?? '', body);
  } catch {
    return undefined;
  }
}

async function readStart(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  while (answer.status >= 400 && size < MAX_BODY_BYTES) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function refusalFromJson(text: string): Refusal | undefined {
  const fields = parseObject(text);
  const nested = typeof fields?.error === 'object' && fields.error !== null ? (fields.error as Fields) : fields;
  const reason = firstText(nested, ['reason', 'sentence', 'detail', 'title', 'message', 'error']);
  const remedy = firstText(nested, ['remedy', 'hint']);
  return reason === undefined ? undefined : { reason, ...(remedy !== undefined && { remedy }) };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function firstText(fields: Fields | undefined, names: readonly string[]): string | undefined {
  const found = names.map((name) => fields?.[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? shorten(found) : undefined;
}

function shorten(text: string): string {
  return text.length > MAX_SENTENCE_LENGTH ? `${text.slice(0, MAX_SENTENCE_LENGTH)}…` : text;
}

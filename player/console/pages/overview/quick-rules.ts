import { fields, list } from '../../answers/answer-fields.ts';
import { type ApiAnswer, ask, isMissing, pathOf, post, problemIn, put } from '../../kit/index.ts';

/** The domain of a first start, for every host that no other has. */
export const FIRST_DOMAIN = 'default';

/** The rule for every stream. */
const EVERY_STREAM = '*~*~*';

/** Enough for a phone and for a slow line; each is made as long as somebody watches it. */
const RENDITIONS: readonly string[] = ['lhd', 'lsd'];

type Plain = Readonly<Record<string, unknown>>;

/** Renditions of every stream, beside those that are there. */
export function transcodeAll(): Promise<ApiAnswer> {
  return changeStreamRule(({ transcode }) => {
    const before = list(fields(transcode).templates);
    return { transcode: { ...fields(transcode), templates: [...new Set([...before, ...RENDITIONS])] } };
  });
}

/** An MP4 of every publish. */
export function recordAll(): Promise<ApiAnswer> {
  return changeStreamRule(({ record }) => ({ record: { ...fields(record), enabled: true } }));
}

/** Each of them as an asset of the library, with the stream's markers as chapters. */
export function keepAll(): Promise<ApiAnswer> {
  return changeStreamRule(({ record }) => {
    const { assets, ...rest } = fields(record);
    return { record: { ...rest, enabled: true, assets: { ...fields(assets), as: 'files' } } };
  });
}

/** Tells an address of everything, signed with a key. */
export function tell(url: string, key: string): Promise<ApiAnswer> {
  return post('/callbacks', { id: 'backend', url, form: 'json', key, match: {} });
}

/** A second person decides first. */
export function isPending(answer: unknown): boolean {
  const { state, risks } = fields(answer);
  return state === 'pending' && Array.isArray(risks);
}

/** Changes the rule only as it was read; where there is none, it makes it. */
async function changeStreamRule(change: (rule: Plain) => Plain): Promise<ApiAnswer> {
  const path = `/stream-rules${pathOf(EVERY_STREAM)}`;
  const read = await ask(path);
  if (isMissing(problemIn(read))) return post('/stream-rules', { match: {}, ...change({}) });
  if ('problem' in read) return read;
  const { origin: _, ...rule } = fields(read.value);
  return put(path, { ...rule, ...change(rule) }, { etag: read.etag });
}

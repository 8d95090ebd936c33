import { fields, optional, text } from '../../answers/answer-fields.ts';
import { readSetup } from '../../answers/read-answers.ts';
import { type ApiAnswer, ask, isAbsent, post, problemIn, queryOf } from '../../kit/index.ts';

export type Kind = 'push' | 'play';

export type Wanted = {
  readonly kind: Kind;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly expiresInSeconds: number;
};

/** Addresses by door. */
export type MadeUrls = {
  readonly kind: Kind;
  readonly urls: readonly (readonly [door: string, url: string])[];
  /** `open`: the domain lets everybody in, so that there is nothing to sign. `elsewhere`: this server cannot sign here. */
  readonly signing: 'signed' | 'open' | 'elsewhere';
  /** ISO 8601; where there is a signature. */
  readonly expiresAt?: string;
};

const MEDIA_URL = /^(rtmps?|https?|wss?):\/\//;

/** Asks the server to sign; one that cannot gives what its first domain has. */
export async function makeUrls(wanted: Wanted): Promise<ApiAnswer> {
  const answer = await post('/sign', wanted);
  if ('problem' in answer) return isAbsent(problemIn(answer)) ? unsigned(wanted) : answer;
  const { urls, isSigned, expiresAt } = fields(answer.value);
  const made: MadeUrls = {
    ...{ kind: wanted.kind, urls: urlsIn(urls), signing: isSigned === false ? 'open' : 'signed' },
    ...optional('expiresAt', text(expiresAt)),
  };
  return { value: made };
}

async function unsigned({ kind, app, stream }: Wanted): Promise<ApiAnswer> {
  const answer = await ask(`/setup${queryOf({ app, name: stream })}`);
  if ('problem' in answer) return answer;
  const { server, streamKey } = readSetup(answer.value).obs;
  const urls = kind === 'push' ? [['push', `${server}/${streamKey}`] as const] : urlsIn(fields(answer.value).urls);
  const made: MadeUrls = { kind, urls, signing: 'elsewhere' };
  return { value: made };
}

/** Only what is an address may become one on the page. */
function urlsIn(value: unknown): (readonly [string, string])[] {
  return Object.entries(fields(value)).flatMap(([door, given]) => {
    const url = text(given);
    return url !== undefined && MEDIA_URL.test(url) ? [[door, url] as const] : [];
  });
}

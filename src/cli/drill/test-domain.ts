import { randomBytes } from 'node:crypto';
import { signUrl } from '../../access/index.ts';
import { type ApiClient, CliError } from '../installation/index.ts';
import type { Drill } from './drill.ts';

const TAG = 'headwater-drill';
const LEFT_BEHIND_MS = 3_600_000;
const GOOD_FOR_SECONDS = 3600;

export type Side = 'push' | 'play';

/** A domain of the drill's own, that nobody else knows the keys of. */
export type TestDomain = {
  readonly name: string;
  /** The keys of its first moment. */
  readonly keys: Readonly<Record<Side, string>>;
  /** Marks what belongs to this drill, and when it was made. */
  readonly tags: Readonly<Record<string, string>>;
};

export const APP = 'drill';

/** A signed push URL, for an encoder on this machine. */
export function pushUrl(domain: TestDomain, rtmpPort: number, stream: string, key = domain.keys.push): string {
  const signed = signUrl(`/${APP}/${stream}`, typeA(key), signing());
  return `rtmp://127.0.0.1:${rtmpPort}${signed}&vhost=${domain.name}`;
}

/** The path of a signed play URL. */
export function playPath(domain: TestDomain, stream: string): string {
  return signUrl(`/${APP}/${stream}.flv`, typeA(domain.keys.play), signing());
}

const typeA = (key1: string) => ({ type: 'type_a', key1, validitySeconds: 0 }) as const;
const signing = () => ({
  ...{ nowMs: Date.now(), expiresInSeconds: GOOD_FOR_SECONDS },
  rand: randomBytes(8).toString('hex'),
});

/** Makes the domain; takes it away at the end, as what drills that were killed have left behind. */
export async function makeTestDomain(drill: Drill, api: ApiClient): Promise<TestDomain> {
  const newKey = () => randomBytes(16).toString('hex');
  const name = `drill-${randomBytes(4).toString('hex')}.invalid`;
  const domain = { name, keys: { push: newKey(), play: newKey() }, tags: { [TAG]: String(Date.now()) } };
  await drill.step('prepare', async () => {
    const swept = await sweep(api);
    await addRule(drill, api, '/domains', {
      ...{ name, tags: domain.tags },
      push: { auth: { type: 'type_a', key1: domain.keys.push } },
      play: { auth: { type: 'type_a', key1: domain.keys.play } },
    });
    const more = swept === 0 ? '' : `; ${swept} objects of drills that were killed are gone`;
    return `the domain ${name} is there for the drill alone${more}`;
  });
  return domain;
}

/** Adds an object of the rules that goes at the end. Gives its path. */
export async function addRule(drill: Drill, api: ApiClient, list: string, object: object): Promise<string> {
  const made = await api.send<{ readonly name?: string; readonly id?: string; readonly state?: string }>(
    'POST',
    `${list}?reason=${encodeURIComponent('headwater drill')}`,
    object,
  );
  if (made.state === 'pending') {
    const remedy = `Reject the approval ${made.id}; a drill changes rules of its own, which must not need a second person.`;
    throw new CliError('the rules of the drill wait for a second person', remedy);
  }
  const path = `${list}/${encodeURIComponent(made.id ?? made.name ?? '')}`;
  drill.after(path.slice(1), () => removeRule(api, path));
  return path;
}

async function removeRule(api: ApiClient, path: string): Promise<void> {
  const outcome = await api.remove(`${path}?reason=${encodeURIComponent('headwater drill')}`);
  if (outcome === 'pending') throw new CliError('it waits for a second person', 'Approve it: the drill is over.');
}

/** Drills that were killed could not take their objects away. */
async function sweep(api: ApiClient): Promise<number> {
  type Made = { readonly id?: string; readonly name?: string; readonly tags?: Readonly<Record<string, string>> };
  let count = 0;
  // A domain goes last: others are about it.
  for (const [list, many] of [
    ['/stream-rules', 'streamRules'],
    ['/callbacks', 'callbacks'],
    ['/domains', 'domains'],
  ] as const) {
    const found = await api.get<Readonly<Record<string, readonly Made[]>>>(`${list}?tag=${TAG}&limit=100`);
    for (const { id, name, tags } of found[many] ?? []) {
      if (Date.now() - Number(tags?.[TAG]) < LEFT_BEHIND_MS) continue;
      await removeRule(api, `${list}/${encodeURIComponent(id ?? name ?? '')}`);
      count++;
    }
  }
  return count;
}

import type { Ask } from '../../../../operations/index.ts';
import type { StreamRule } from '../../../../rules/index.ts';
import { hasStatus, isNotFound } from '../../base/index.ts';

/** A rule for streams as the operations show it. */
export type ShownStreamRule = StreamRule & { readonly origin?: 'api' | 'file' };

type Named = { readonly domain: string; readonly app: string; readonly stream: string };

/** A rule for streams is named by what it matches. */
export const idOf = ({ domain, app, stream }: Named) =>
  [domain.toLowerCase(), app, stream].map((part) => part.replaceAll('/', '!')).join('~');

export async function streamRuleOf(ask: Ask, match: Named): Promise<ShownStreamRule | undefined> {
  return (await tagged(ask, match))?.answer;
}

async function tagged(ask: Ask, match: Named) {
  try {
    return await ask.tagged<ShownStreamRule>('getStreamRule', { params: { id: idOf(match) } });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const ATTEMPTS = 4;

/** Reads, changes and writes the rule that matches this and no more; a rule that then says nothing goes. */
export async function changeStreamRule(
  ask: Ask,
  match: Named,
  change: (rule: StreamRule) => StreamRule,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const found = await tagged(ask, match);
    const next = change(found?.answer ?? { match });
    const params = { id: idOf(match) };
    try {
      if (found === undefined) await ask('createStreamRule', { body: next });
      else if (isEmpty(next)) await ask('deleteStreamRule', { params, ifMatch: found.etag });
      else await ask('replaceStreamRule', { params, body: next, ifMatch: found.etag });
      return;
    } catch (error) {
      const isRaced = hasStatus(error, 412) || (found === undefined && hasStatus(error, 409));
      if (!isRaced || attempt === ATTEMPTS) throw error;
    }
  }
}

function isEmpty(rule: ShownStreamRule): boolean {
  const { match: _, origin: __, ...settings } = rule;
  return Object.values(settings).every((value) => value === undefined);
}

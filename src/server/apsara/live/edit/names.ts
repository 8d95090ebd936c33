import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { StreamSettings } from '../../../../rules/index.ts';
import { ApsaraError, isNotFound, text } from '../../base/index.ts';

const pattern = text.regex(/^[A-Za-z0-9_.*/-]{1,255}$/, {
  error: 'it must have letters, digits, - and _ only, or be * for all',
});

/** An app or a stream of a configuration; `*` is any. */
export const appName = pattern;
export const streamName = pattern;
/** Left out, it is about all streams of the app. */
export const anyStream = pattern.default('*');
export const domainName = text.transform((given) => given.toLowerCase());

/** A stream itself. */
export const oneStream = {
  DomainName: domainName,
  AppName: text.min(1).max(1023),
  StreamName: text.min(1).max(1023),
};

export const yesNo = z.enum(['yes', 'no'], { error: 'it must be yes or no' });

export function noDomain(name: string): ApsaraError {
  return new ApsaraError(404, 'InvalidDomain.NotFound', `The domain ${name} does not exist. Add it first.`);
}

type Subject = { readonly domain: string; readonly app: string; readonly stream: string };

/** What holds for a stream, or for what a rule is about; throws where there is no such domain. */
export async function settingsOf(ask: Ask, { domain, app, stream }: Subject): Promise<StreamSettings> {
  try {
    const query = { domain, app, stream };
    return (await ask<{ settings: StreamSettings }>('getEffectiveRules', { query })).settings;
  } catch (error) {
    throw isNotFound(error) ? noDomain(domain) : error;
  }
}

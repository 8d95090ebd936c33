import { signUrl } from '../../src/access/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { rulesSchema } from '../../src/rules/index.ts';

export type DomainInput = NonNullable<RulesInput['domains']>[number];
type AuthInput = NonNullable<NonNullable<DomainInput['play']>['auth']>;

/** Makes `sign` of a viewer or an encoder for a signing rule. */
export function signer(
  auth: AuthInput,
  options: {
    readonly uid?: string;
    readonly rand?: string;
    readonly keyName?: 'main' | 'backup';
    readonly typeCIn?: 'path' | 'query';
    /** The signature's timestamp, from now. */
    readonly signedInSeconds?: number;
  } = {},
): (path: string) => string {
  const [domain] = rulesSchema.parse({ domains: [{ name: 'a.test', play: { auth } }] }).domains;
  if (!domain) throw new Error('no domain');
  const { signedInSeconds = 0, ...rest } = options;
  return (path) => signUrl(path, domain.play.auth, { nowMs: Date.now() + signedInSeconds * 1000, ...rest });
}

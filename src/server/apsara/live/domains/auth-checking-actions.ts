import { z } from 'zod';
import { action, invalidParameter, type ServedAction, text } from '../../base/index.ts';
import { hostNamed, sideOf } from './host.ts';
import { domainName } from './names.ts';

type Report = {
  readonly steps: readonly { readonly name: string; readonly status: string; readonly detail: string }[];
};

/** What a signature is worth. */
export const authCheckingActions: readonly ServedAction[] = [
  action({
    name: 'DescribeLiveStreamAuthChecking',
    summary: 'Whether the signature of a URL is good, and what is wrong with it',
    differs: 'it is about the signature alone; POST /api/v1/explain says all that becomes of a URL',
    input: z.object({ DomainName: domainName, Url: text.max(4000) }),
    run: async ({ input: { DomainName, Url }, ask }) => {
      const host = await hostNamed(ask, DomainName);
      const name = /^[a-z0-9+.-]+:\/\/([^/:?#]+)/i.exec(Url)?.[1]?.toLowerCase();
      if (name !== DomainName) throw invalidParameter('Url', `it must be a URL of ${DomainName}, with its scheme`);
      const { steps } = await ask<Report>('explainUrl', { body: { url: Url, kind: sideOf(host) } });
      const step = steps.find((each) => each.name === 'signature');
      if (step === undefined || step.status === 'pass') return { Status: 'pass', Description: '' };
      const Description = /INVALID (AUTH_KEY|TIMESTAMP|MD5HASH|ALIAUTH)/.exec(step.detail)?.[0] ?? 'INVALID AUTH_KEY';
      return { Status: 'false', Description };
    },
  }),
];

import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { DomainRule } from '../../../../rules/index.ts';
import {
  action,
  DONE,
  everyPage,
  invalidParameter,
  isNotFound,
  missingParameter,
  type ServedAction,
  text,
} from '../../base/index.ts';
import { domainName, noDomain, yesNo } from '../edit/index.ts';
import { callbackOf, dropCallback, EXCEPTIONS, type Family, putCallback, STREAMS } from './callbacks.ts';
import { keyFor, notifyUrl, shownKey } from './notify-key.ts';

const MOST_KEY = 64;
const names = { DomainName: domainName };

/** Who hears of publishes and their ends. */
export const streamNotifyActions: readonly ServedAction[] = [
  action({
    name: 'SetLiveStreamsNotifyUrlConfig',
    summary: 'Says where to tell of publishes and their ends',
    differs:
      'DomainName is an ingest host or its playback domain, and counts for all ingest hosts of that domain; ExceptionNotifyUrl hears of findings in a stream and of interruptions in the JSON form of this server; SwitchNotifyUrl is refused; a URL that is left out is no longer told',
    input: z.object({
      ...names,
      NotifyUrl: notifyUrl.optional(),
      ExceptionNotifyUrl: notifyUrl.optional(),
      SwitchNotifyUrl: text.optional(),
      NotifyReqAuth: yesNo.default('no'),
      NotifyAuthKey: text,
    }),
    run: async ({ input, ask }) => {
      const { NotifyUrl, ExceptionNotifyUrl, SwitchNotifyUrl, NotifyReqAuth, NotifyAuthKey } = input;
      if (SwitchNotifyUrl !== undefined)
        throw invalidParameter('SwitchNotifyUrl', 'this server has no second stream to switch to; leave it out');
      if (NotifyUrl === undefined && ExceptionNotifyUrl === undefined) throw missingParameter('NotifyUrl');
      const domain = await playDomainOf(ask, input.DomainName);
      const key = keyFor(NotifyReqAuth === 'yes', NotifyAuthKey, MOST_KEY);
      await setOrDrop(ask, STREAMS, domain, NotifyUrl, key);
      await setOrDrop(ask, EXCEPTIONS, domain, ExceptionNotifyUrl, key);
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamsNotifyUrlConfig',
    summary: 'Where publishes and their ends are told',
    differs: 'the key is there only where callbacks are signed, and for callers who may see keys',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      const domain = await playDomainOf(ask, DomainName);
      const [streams, exceptions] = [
        await callbackOf(ask, STREAMS, { domain }),
        await callbackOf(ask, EXCEPTIONS, { domain }),
      ];
      const config = {
        DomainName,
        ...(streams && { NotifyUrl: streams.url }),
        ...(exceptions && { ExceptionNotifyUrl: exceptions.url }),
        ...((streams ?? exceptions) && { NotifyReqAuth: (streams ?? exceptions)?.key === undefined ? 'no' : 'yes' }),
        ...shownKey(streams ?? exceptions),
      };
      return { LiveStreamsNotifyConfig: config };
    },
  }),
  action({
    name: 'DeleteLiveStreamsNotifyUrlConfig',
    summary: 'Tells nobody of publishes any more',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      const domain = await playDomainOf(ask, DomainName);
      await setOrDrop(ask, STREAMS, domain, undefined, {});
      await setOrDrop(ask, EXCEPTIONS, domain, undefined, {});
      return DONE;
    },
  }),
];

async function setOrDrop(
  ask: Ask,
  family: Family,
  domain: string,
  url: string | undefined,
  key: { readonly key?: string },
): Promise<void> {
  const reason = url === undefined ? 'DeleteLiveStreamsNotifyUrlConfig' : 'SetLiveStreamsNotifyUrlConfig';
  const before = await callbackOf(ask, family, { domain });
  if (url !== undefined) await putCallback(ask, family, { domain }, before, { url, ...key }, reason);
  else if (before) await dropCallback(ask, family, before, reason);
}

/** The playback domain that is called so, or that the ingest host belongs to. */
export async function playDomainOf(ask: Ask, name: string): Promise<string> {
  try {
    await ask('getDomain', { params: { name } });
    return name;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const domains = await everyPage<DomainRule>(ask, 'listDomains', 'domains');
  const owner = domains.find(({ ingest }) => ingest.includes(name));
  if (owner === undefined) throw noDomain(name);
  return owner.name;
}

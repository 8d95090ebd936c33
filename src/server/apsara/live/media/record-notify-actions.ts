import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import { ApsaraError, action, DONE, flag, type ServedAction, text } from '../../base/index.ts';
import { domainName, settingsOf } from '../edit/index.ts';
import { callbackOf, dropCallback, putCallback, RECORDINGS } from './callbacks.ts';
import { keyFor, notifyUrl, shownKey } from './notify-key.ts';
import { editStreamRule, without } from './stream-rules.ts';

const MOST_KEY = 32;
const names = { DomainName: domainName };
const configured = z.object({
  ...names,
  NotifyUrl: notifyUrl,
  OnDemandUrl: notifyUrl.optional(),
  NeedStatusNotify: flag.default(false),
  NotifyReqAuth: flag.default(false),
  NotifyAuthKey: text,
});

type Configured = z.output<typeof configured>;

const forDomain = (domain: string) => ({ domain, app: '*', stream: '*' });

/** Who hears of recordings, and who decides on them. */
export const recordNotifyActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveRecordNotifyConfig',
    summary: 'Says where to tell of recordings of a domain, and where to ask whether to record',
    differs: 'callbacks need no new publish to take effect',
    input: configured,
    run: async ({ input, ask }) => {
      await settingsOf(ask, forDomain(input.DomainName));
      if (await callbackOf(ask, RECORDINGS, { domain: input.DomainName })) {
        const message = `${input.DomainName} has one already. Change it with UpdateLiveRecordNotifyConfig.`;
        throw new ApsaraError(400, 'ConfigAlreadyExists', message);
      }
      await put(ask, input, 'AddLiveRecordNotifyConfig');
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveRecordNotifyConfig',
    summary: 'Changes where recordings of a domain are told',
    differs: 'what is left out is no longer so, as in AddLiveRecordNotifyConfig',
    input: configured,
    run: async ({ input, ask }) => {
      await found(ask, input.DomainName);
      await put(ask, input, 'UpdateLiveRecordNotifyConfig');
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveRecordNotifyConfig',
    summary: 'Where recordings of a domain are told',
    differs: 'the key is there only where callbacks are signed, and for callers who may see keys',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      const { record } = await settingsOf(ask, forDomain(DomainName));
      const callback = await callbackOf(ask, RECORDINGS, { domain: DomainName });
      const config = callback && {
        NotifyUrl: callback.url,
        NeedStatusNotify: record.notifyStatus && callback.events?.includes('record_started') === true,
        NotifyReqAuth: callback.key !== undefined,
        ...shownKey(callback),
      };
      const asked = record.onDemandUrl === '' ? {} : { OnDemandUrl: record.onDemandUrl };
      return { LiveRecordNotifyConfig: { DomainName, ...config, ...asked } };
    },
  }),
  action({
    name: 'DeleteLiveRecordNotifyConfig',
    summary: 'Tells nobody of recordings of a domain any more',
    differs: 'refused while a recording configuration has OnDemand 1, which needs the OnDemandUrl',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      const reason = 'DeleteLiveRecordNotifyConfig';
      const before = await found(ask, DomainName);
      await editStreamRule(ask, forDomain(DomainName), reason, (rule) => ({
        record: without(rule?.record, ['onDemandUrl', 'notifyStatus']),
      }));
      await dropCallback(ask, RECORDINGS, before, reason);
      return DONE;
    },
  }),
];

async function found(ask: Ask, domain: string) {
  await settingsOf(ask, forDomain(domain));
  const callback = await callbackOf(ask, RECORDINGS, { domain });
  if (callback) return callback;
  const message = `${domain} has none. Add it with AddLiveRecordNotifyConfig.`;
  throw new ApsaraError(404, 'InvalidConfig.NotFound', message);
}

async function put(ask: Ask, given: Configured, reason: string): Promise<void> {
  const { DomainName: domain, NotifyUrl: url, OnDemandUrl, NeedStatusNotify, NotifyReqAuth, NotifyAuthKey } = given;
  const key = keyFor(NotifyReqAuth, NotifyAuthKey, MOST_KEY);
  await editStreamRule(ask, forDomain(domain), reason, (rule) => ({
    record: {
      ...without(rule?.record, ['onDemandUrl', 'notifyStatus']),
      ...(OnDemandUrl === undefined ? {} : { onDemandUrl: OnDemandUrl }),
      ...(NeedStatusNotify ? { notifyStatus: true } : {}),
    },
  }));
  const events = NeedStatusNotify ? RECORDINGS.events : (['record_file'] as const);
  const before = await callbackOf(ask, RECORDINGS, { domain });
  await putCallback(ask, RECORDINGS, { domain }, before, { url, ...key, events }, reason);
}

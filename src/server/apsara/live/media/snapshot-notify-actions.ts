import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { CallbackRule } from '../../../../rules/index.ts';
import { ApsaraError, action, DONE, type ServedAction, text } from '../../base/index.ts';
import { domainName, settingsOf, yesNo } from '../edit/index.ts';
import { callbackOf, dropCallback, isOfApp, putCallback, SNAPSHOTS } from './callbacks.ts';
import { keyFor, notifyUrl, shownKey } from './notify-key.ts';

const MOST_KEY = 32;
const names = { DomainName: domainName };
const signed = { NotifyReqAuth: yesNo.default('no'), NotifyAuthKey: text };

/** Who hears of the pictures of a domain. */
export const snapshotNotifyActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveSnapshotNotifyConfig',
    summary: 'Says where to tell of the pictures of a domain',
    differs: 'the body has the fields of DescribeLiveStreamSnapshotInfo, with the names of the stream',
    input: z.object({ ...names, ...signed, NotifyUrl: notifyUrl }),
    run: async ({ input: { DomainName: domain, NotifyUrl: url, NotifyReqAuth, NotifyAuthKey }, ask }) => {
      if (await domainCallback(ask, domain)) {
        const message = `${domain} has one already. Change it with UpdateLiveSnapshotNotifyConfig.`;
        throw new ApsaraError(400, 'ConfigAlreadyExists', message);
      }
      const key = keyFor(NotifyReqAuth === 'yes', NotifyAuthKey, MOST_KEY);
      await putCallback(ask, SNAPSHOTS, { domain }, undefined, { url, ...key }, 'AddLiveSnapshotNotifyConfig');
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveSnapshotNotifyConfig',
    summary: 'Changes where the pictures of a domain are told',
    differs: 'NotifyReqAuth that is left out is no',
    input: z.object({ ...names, ...signed, NotifyUrl: notifyUrl.optional() }),
    run: async ({ input: { DomainName: domain, NotifyUrl, NotifyReqAuth, NotifyAuthKey }, ask }) => {
      const before = await found(ask, domain);
      const key = keyFor(NotifyReqAuth === 'yes', NotifyAuthKey, MOST_KEY);
      const endpoint = { url: NotifyUrl ?? before.url, ...key };
      await putCallback(ask, SNAPSHOTS, { domain }, before, endpoint, 'UpdateLiveSnapshotNotifyConfig');
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveSnapshotNotifyConfig',
    summary: 'Where the pictures of a domain are told',
    differs: 'the key is there only where callbacks are signed, and for callers who may see keys',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      const callback = await domainCallback(ask, DomainName);
      if (!callback) return { DomainName };
      const NotifyReqAuth = callback.key === undefined ? 'no' : 'yes';
      return { DomainName, NotifyUrl: callback.url, NotifyReqAuth, ...shownKey(callback) };
    },
  }),
  action({
    name: 'DeleteLiveSnapshotNotifyConfig',
    summary: 'Tells nobody of the pictures of a domain any more',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      const before = await found(ask, DomainName);
      await dropCallback(ask, SNAPSHOTS, before, 'DeleteLiveSnapshotNotifyConfig');
      return DONE;
    },
  }),
];

async function domainCallback(ask: Ask, domain: string): Promise<CallbackRule | undefined> {
  await settingsOf(ask, { domain, app: '*', stream: '*' });
  return callbackOf(ask, SNAPSHOTS, { domain }, (id) => !isOfApp(id));
}

async function found(ask: Ask, domain: string): Promise<CallbackRule> {
  const callback = await domainCallback(ask, domain);
  if (callback) return callback;
  const message = `${domain} has none. Add it with AddLiveSnapshotNotifyConfig.`;
  throw new ApsaraError(404, 'InvalidConfig.NotFound', message);
}

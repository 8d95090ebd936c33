import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import { type CallbackRule, HIDDEN } from '../../../../rules/index.ts';
import { ApsaraError, action, DONE, editObject, everyPage, type ServedAction, text } from '../../base/index.ts';
import { domainName, settingsOf, yesNo } from '../edit/index.ts';
import { isOfApp } from './callbacks.ts';
import { keyFor } from './notify-key.ts';

const MOST_KEY = 32;
const names = { DomainName: domainName };

/** How the callbacks of snapshot configurations are signed. */
export const snapshotCallbackAuthActions: readonly ServedAction[] = [
  action({
    name: 'SetSnapshotCallbackAuth',
    summary: 'Says whether the Callbacks of snapshot configurations are signed',
    differs: 'it is about the Callbacks that there are; those that come later are signed like them',
    input: z.object({ ...names, CallbackReqAuth: yesNo, CallbackAuthKey: text }),
    run: async ({ input: { DomainName, CallbackReqAuth, CallbackAuthKey }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: '*', stream: '*' });
      const key = keyFor(CallbackReqAuth === 'yes', CallbackAuthKey, MOST_KEY);
      const callbacks = await appCallbacks(ask, DomainName);
      if (callbacks.length === 0) {
        const message = `No snapshot configuration of ${DomainName} has a Callback. Set one first.`;
        throw new ApsaraError(404, 'InvalidConfig.NotFound', message);
      }
      await sign(ask, callbacks, key, 'SetSnapshotCallbackAuth');
      return DONE;
    },
  }),
  action({
    name: 'QuerySnapshotCallbackAuth',
    summary: 'Whether the Callbacks of snapshot configurations are signed',
    differs: 'the key is there only for callers who may see keys',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: '*', stream: '*' });
      const key = await authOfSnapshots(ask, DomainName);
      const signed = key === undefined || key === HIDDEN ? {} : { CallbackAuthKey: key };
      return { DomainName, CallbackReqAuth: key === undefined ? 'no' : 'yes', ...signed };
    },
  }),
  action({
    name: 'DeleteSnapshotCallbackAuth',
    summary: 'Signs the Callbacks of snapshot configurations no longer',
    input: z.object(names),
    run: async ({ input: { DomainName }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: '*', stream: '*' });
      await sign(ask, await appCallbacks(ask, DomainName), {}, 'DeleteSnapshotCallbackAuth');
      return DONE;
    },
  }),
];

/** The key that the domain's callbacks of pictures are signed by. */
export async function authOfSnapshots(ask: Ask, domain: string): Promise<string | undefined> {
  return (await appCallbacks(ask, domain)).find(({ key }) => key !== undefined)?.key;
}

async function appCallbacks(ask: Ask, domain: string): Promise<readonly CallbackRule[]> {
  const all = await everyPage<CallbackRule>(ask, 'listCallbacks', 'callbacks');
  return all.filter(
    ({ id, match, form, events = [] }) =>
      match.domain.toLowerCase() === domain &&
      match.stream === '*' &&
      form === 'apsara' &&
      events.includes('snapshot') &&
      (match.app !== '*' || isOfApp(id)),
  );
}

async function sign(
  ask: Ask,
  callbacks: readonly CallbackRule[],
  key: { readonly key?: string },
  reason: string,
): Promise<void> {
  for (const { id } of callbacks) {
    await editObject<CallbackRule>(ask, { kind: 'Callback', id, reason }, (now) => {
      if (now === undefined) return undefined;
      const { key: _, ...rest } = now;
      return { ...rest, ...key };
    });
  }
}

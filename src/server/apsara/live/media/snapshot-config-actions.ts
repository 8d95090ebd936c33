import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { CallbackRule, StreamRule } from '../../../../rules/index.ts';
import { ApsaraError, action, DONE, integer, missingParameter, type ServedAction, text } from '../../base/index.ts';
import { appName, domainName, settingsOf } from '../edit/index.ts';
import { APP_SNAPSHOTS, callbackOf, dropCallback, isOfApp, putCallback, type Whose } from './callbacks.ts';
import { listed, pageFields } from './listed.ts';
import { notifyUrl } from './notify-key.ts';
import { OssPlaces } from './oss.ts';
import { authOfSnapshots } from './snapshot-callback-auth.ts';
import { editStreamRule, rulesOf, without } from './stream-rules.ts';

type SnapshotRule = NonNullable<StreamRule['snapshot']>;
const FIELDS: readonly (keyof SnapshotRule)[] = ['enabled', 'everySeconds', 'storage', 'overwrite', 'sequence'];

const names = { DomainName: domainName, AppName: appName };
const interval = integer.pipe(z.int().min(5).max(3600));
/** Says in an update that there is to be none any more. */
const NONE = '-';
const orNone = <T extends z.ZodType>(schema: T) => z.union([z.literal(NONE), schema]).optional();

const matchOf = ({ DomainName, AppName }: { readonly DomainName: string; readonly AppName: string }) => ({
  ...{ domain: DomainName, app: AppName, stream: '*' },
});

/** When pictures of streams are taken, and where they go. */
export const snapshotConfigActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveAppSnapshotConfig',
    summary: 'Takes pictures of the streams of an app into a storage',
    differs:
      'OssBucket is the name of a storage of this server, or its bucket; names of objects must have {AppName} and {StreamName}; Callback is told in ApsaraVideo’s form, beside AddLiveSnapshotNotifyConfig',
    input: z.object({
      ...names,
      ...{ TimeInterval: interval, OssBucket: text, OssEndpoint: text, Callback: notifyUrl.optional() },
      ...{ OverwriteOssObject: text.optional(), SequenceOssObject: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { TimeInterval, OverwriteOssObject = '', SequenceOssObject = '', Callback } = input;
      if (OverwriteOssObject + SequenceOssObject === '') throw missingParameter('OverwriteOssObject');
      const match = matchOf(input);
      await settingsOf(ask, match);
      const storage = (await OssPlaces.read(ask)).storageOf(input);
      const reason = 'AddLiveAppSnapshotConfig';
      await editStreamRule(ask, match, reason, (rule) => {
        if (rule?.snapshot?.enabled) throw existsAlready(match);
        const places = { storage, overwrite: OverwriteOssObject, sequence: SequenceOssObject };
        return { snapshot: { ...rule?.snapshot, enabled: true, everySeconds: TimeInterval, ...places } };
      });
      if (Callback !== undefined) await putAppCallback(ask, match, Callback, reason);
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveAppSnapshotConfig',
    summary: 'Changes when pictures of the streams of an app are taken, or where they go',
    differs: 'what is left out stays; - takes a name or the Callback away',
    input: z.object({
      ...names,
      ...{ TimeInterval: interval.optional(), OssBucket: text.optional(), OssEndpoint: text.optional() },
      ...{ OverwriteOssObject: orNone(text), SequenceOssObject: orNone(text), Callback: orNone(notifyUrl) },
    }),
    run: async ({ input, ask }) => {
      const { TimeInterval, OssBucket, OssEndpoint = '', Callback } = input;
      const match = matchOf(input);
      await settingsOf(ask, match);
      const places = await OssPlaces.read(ask);
      const given = OssBucket === undefined ? undefined : places.storageOf({ OssBucket, OssEndpoint });
      const reason = 'UpdateLiveAppSnapshotConfig';
      await editStreamRule(ask, match, reason, async (rule) => {
        if (!rule?.snapshot?.enabled) throw noConfig(match);
        const { snapshot: before } = await settingsOf(ask, match);
        const everySeconds = TimeInterval ?? before.everySeconds;
        const storage = given ?? before.storage;
        const overwrite = nameFor(input.OverwriteOssObject, before.overwrite);
        const sequence = nameFor(input.SequenceOssObject, before.sequence);
        if (overwrite + sequence === '') throw missingParameter('OverwriteOssObject');
        return { snapshot: { ...rule.snapshot, everySeconds, storage, overwrite, sequence } };
      });
      if (Callback === NONE) await dropAppCallback(ask, match, reason);
      else if (Callback !== undefined) await putAppCallback(ask, match, Callback, reason);
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveAppSnapshotConfig',
    summary: 'Takes no more pictures of the streams of an app; those that are kept stay',
    input: z.object(names),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      const reason = 'DeleteLiveAppSnapshotConfig';
      await editStreamRule(ask, match, reason, (rule) => {
        if (!rule?.snapshot?.enabled) throw noConfig(match);
        return { snapshot: without(rule.snapshot, FIELDS) };
      });
      await dropAppCallback(ask, match, reason);
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveSnapshotConfig',
    summary: 'Of which apps of a domain pictures are taken',
    differs: 'rules for single streams and for several domains at once are not shown, and CreateTime is not known',
    input: z.object({ DomainName: domainName, AppName: appName.optional(), ...pageFields }),
    run: async ({ input, ask }) => {
      const { DomainName, AppName } = input;
      await settingsOf(ask, { domain: DomainName, app: AppName ?? '*', stream: '*' });
      const rules = (await rulesOf(ask, DomainName, 'snapshot')).filter(
        ({ snapshot, match: { app, stream } }) => snapshot?.enabled && stream === '*' && app === (AppName ?? app),
      );
      const { items, about } = listed(rules, input);
      const places = await OssPlaces.read(ask);
      const shown = await Promise.all(items.map(({ match: { app } }) => shownConfig(ask, DomainName, app, places)));
      return { LiveStreamSnapshotConfigList: { LiveStreamSnapshotConfig: shown }, ...about };
    },
  }),
];

function nameFor(given: string | undefined, before: string): string {
  return given === NONE ? '' : (given ?? before);
}

function existsAlready({ app }: { readonly app: string }): ApsaraError {
  const message = `${app} has a snapshot configuration already. Change it with UpdateLiveAppSnapshotConfig.`;
  return new ApsaraError(400, 'ConfigAlreadyExists', message);
}

function noConfig({ app }: { readonly app: string }): ApsaraError {
  const message = `There is no snapshot configuration for exactly ${app}. DescribeLiveSnapshotConfig lists them.`;
  return new ApsaraError(404, 'InvalidConfig.NotFound', message);
}

function appCallback(ask: Ask, whose: Whose): Promise<CallbackRule | undefined> {
  return callbackOf(ask, APP_SNAPSHOTS, whose, (id) => whose.app !== '*' || isOfApp(id));
}

async function putAppCallback(ask: Ask, whose: Whose, url: string, reason: string): Promise<void> {
  const before = await appCallback(ask, whose);
  const key = before?.key ?? (await authOfSnapshots(ask, whose.domain));
  await putCallback(ask, APP_SNAPSHOTS, whose, before, { url, key }, reason);
}

async function dropAppCallback(ask: Ask, whose: Whose, reason: string): Promise<void> {
  const before = await appCallback(ask, whose);
  if (before) await dropCallback(ask, APP_SNAPSHOTS, before, reason);
}

async function shownConfig(ask: Ask, domain: string, app: string, places: OssPlaces) {
  const { snapshot } = await settingsOf(ask, { domain, app, stream: '*' });
  const callback = await appCallback(ask, { domain, app });
  return {
    ...{ DomainName: domain, AppName: app, ...places.placeOf(snapshot.storage), TimeInterval: snapshot.everySeconds },
    ...(snapshot.overwrite === '' ? {} : { OverwriteOssObject: snapshot.overwrite }),
    ...(snapshot.sequence === '' ? {} : { SequenceOssObject: snapshot.sequence }),
    ...(callback && { Callback: callback.url }),
  };
}

import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { StreamRule, StreamSettings } from '../../../../rules/index.ts';
import {
  ApsaraError,
  action,
  DONE,
  integer,
  invalidParameter,
  listOf,
  missingParameter,
  type ServedAction,
  text,
  utcText,
  utcTime,
} from '../../base/index.ts';
import { anyStream, appName, domainName, settingsOf, streamName } from '../edit/index.ts';
import { listed, pageFields } from './listed.ts';
import { OssPlaces } from './oss.ts';
import { checkSliceNames, formatList, formatRules, shownFormats } from './record-formats.ts';
import { editStreamRule, rulesOf, type Sections, without } from './stream-rules.ts';

type RecordRule = NonNullable<StreamRule['record']>;

/** What a configuration says; the URL to ask and the status callbacks are those of the notifications. */
const FIELDS: readonly (keyof RecordRule)[] = [
  ...(['enabled', 'storage', 'formats', 'renditions', 'delaySeconds', 'onDemand', 'startTime', 'endTime'] as const),
];

const ON_DEMAND = { 0: 'off', 1: 'callback', 7: 'manual' } as const;
const onDemand = integer.transform((given, context) => {
  if (given === 0 || given === 1 || given === 7) return ON_DEMAND[given];
  const message = 'it must be 0 (always), 1 (asked for at OnDemandUrl) or 7 (by RealTimeRecordCommand)';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const names = { DomainName: domainName, AppName: appName, StreamName: anyStream };
const configured = {
  DelayTime: integer.pipe(z.int().min(15).max(21_600)).optional(),
  OnDemand: onDemand.optional(),
  StartTime: utcTime.optional(),
  EndTime: utcTime.optional(),
  RecordFormat: formatList,
  TranscodeRecordFormat: formatList,
  TranscodeTemplates: listOf(text).optional(),
};

const matchOf = (given: { readonly DomainName: string; readonly AppName: string; readonly StreamName: string }) => ({
  domain: given.DomainName,
  app: given.AppName,
  stream: given.StreamName,
});

function noConfig({ app, stream }: { readonly app: string; readonly stream: string }): ApsaraError {
  const message = `There is no recording configuration for exactly ${app}/${stream}. DescribeLiveRecordConfig lists them.`;
  return new ApsaraError(404, 'InvalidConfig.NotFound', message);
}

/** What is recorded, in which form and where it goes. */
export const recordConfigActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveAppRecordConfig',
    summary: 'Records the streams of an app, or one stream, into a storage',
    differs:
      'OssBucket is the name of a storage of this server, or its bucket; OssEndpoint only tells buckets of the same name apart; OnDemand 1 needs an OnDemandUrl first (AddLiveRecordNotifyConfig); 2 is refused; renditions that are recorded must be made (AddLiveStreamTranscode)',
    input: z.object({ ...names, ...configured, OssBucket: text, OssEndpoint: text }),
    run: async ({ input, ask }) => {
      checkFormats(input);
      const match = matchOf(input);
      await settingsOf(ask, match);
      const storage = (await OssPlaces.read(ask)).storageOf(input);
      await editStreamRule(ask, match, 'AddLiveAppRecordConfig', (rule) => {
        if (rule?.record?.enabled) throw existsAlready(match);
        return recordSection(rule, { ...input, storage });
      });
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveAppRecordConfig',
    summary: 'Changes what is recorded of the streams of an app, or of one stream',
    differs: 'what is left out stays as it is; OssEndpoint is not used, as the storage stays',
    input: z.object({ ...names, ...configured, OssEndpoint: text }),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      await editStreamRule(ask, match, 'UpdateLiveAppRecordConfig', async (rule) => {
        if (!rule?.record?.enabled) throw noConfig(match);
        return recordSection(rule, input, (await settingsOf(ask, match)).record);
      });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveAppRecordConfig',
    summary: 'Ends a recording configuration; what is recorded stays',
    input: z.object(names),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      await editStreamRule(ask, match, 'DeleteLiveAppRecordConfig', (rule) => {
        if (!rule?.record?.enabled) throw noConfig(match);
        return { record: without(rule.record, FIELDS) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveRecordConfig',
    summary: 'The recording configurations of a domain',
    differs:
      'rules for several domains at once are not shown, and CreateTime is not known; OssBucket is the bucket, or the name of a storage that is a folder; its OssEndpoint is then folder',
    input: z.object({
      DomainName: domainName,
      AppName: appName.optional(),
      StreamName: streamName.optional(),
      ...pageFields,
    }),
    run: async ({ input, ask }) => {
      const { DomainName, AppName, StreamName } = input;
      await settingsOf(ask, { domain: DomainName, app: AppName ?? '*', stream: StreamName ?? '*' });
      const rules = (await rulesOf(ask, DomainName, 'record')).filter(
        ({ record, match: { app, stream } }) =>
          record?.enabled && app === (AppName ?? app) && stream === (StreamName ?? stream),
      );
      const { items, about } = listed(rules, input);
      const places = await OssPlaces.read(ask);
      const LiveAppRecord = await Promise.all(items.map((rule) => shownConfig(ask, DomainName, rule, places)));
      return { LiveAppRecordList: { LiveAppRecord }, ...about };
    },
  }),
];

type Configured = { readonly [name in keyof typeof configured]?: z.output<(typeof configured)[name]> };

function checkFormats({ RecordFormat = [], TranscodeRecordFormat = [], TranscodeTemplates = [] }: Configured): void {
  if (RecordFormat.length + TranscodeRecordFormat.length === 0) throw missingParameter('RecordFormat.1.Format');
  checkSliceNames('RecordFormat', RecordFormat);
  checkSliceNames('TranscodeRecordFormat', TranscodeRecordFormat);
  if (TranscodeRecordFormat.length > 0 && TranscodeTemplates.length === 0)
    throw missingParameter('TranscodeTemplates.1');
  if (TranscodeTemplates.length > 0 && TranscodeRecordFormat.length === 0)
    throw missingParameter('TranscodeRecordFormat.1.Format');
}

function existsAlready({ app, stream }: { readonly app: string; readonly stream: string }): ApsaraError {
  const message = `${app}/${stream} has a recording configuration already. Change it with UpdateLiveAppRecordConfig.`;
  return new ApsaraError(400, 'ConfigAlreadyExists', message);
}

/** A configuration says everything, so that nothing comes from one of the whole app or domain. */
function recordSection(
  rule: StreamRule | undefined,
  given: Configured & { readonly storage?: string },
  before?: StreamSettings['record'],
): Sections {
  const { RecordFormat, TranscodeRecordFormat, TranscodeTemplates, OnDemand, DelayTime, StartTime, EndTime } = given;
  if ((StartTime === undefined) !== (EndTime === undefined))
    throw StartTime === undefined ? missingParameter('StartTime') : missingParameter('EndTime');
  const known = before?.renditions[0];
  const templates = TranscodeTemplates ?? known?.templates ?? [];
  const ofRenditions =
    TranscodeRecordFormat === undefined ? known?.formats : formatRules(TranscodeRecordFormat, known?.formats);
  if (templates.length > 0 && ofRenditions === undefined)
    throw invalidParameter('TranscodeTemplates', 'TranscodeRecordFormat must say in which form they are recorded');
  const record = {
    ...rule?.record,
    enabled: true,
    ...(given.storage === undefined ? {} : { storage: given.storage }),
    formats: RecordFormat === undefined && before ? before.formats : formatRules(RecordFormat, before?.formats),
    renditions: templates.length === 0 ? [] : [{ templates, formats: ofRenditions ?? [] }],
    delaySeconds: DelayTime ?? before?.delaySeconds ?? 180,
    onDemand: OnDemand ?? before?.onDemand ?? 'off',
    startTime: StartTime === undefined ? (before?.startTime ?? '') : utcText(StartTime),
    endTime: EndTime === undefined ? (before?.endTime ?? '') : utcText(EndTime),
  };
  return { record };
}

async function shownConfig(ask: Ask, DomainName: string, { match: { app, stream } }: StreamRule, places: OssPlaces) {
  const { record } = await settingsOf(ask, { domain: DomainName, app, stream });
  const templates = [...new Set(record.renditions.flatMap((each) => each.templates))];
  const onDemandCode = Object.entries(ON_DEMAND).find(([, name]) => name === record.onDemand)?.[0];
  return {
    ...{ DomainName, AppName: app, StreamName: stream, ...places.placeOf(record.storage) },
    DelayTime: record.delaySeconds,
    OnDemond: Number(onDemandCode ?? 0),
    ...(record.startTime === '' ? {} : { StartTime: utcText(Date.parse(record.startTime)) }),
    ...(record.endTime === '' ? {} : { EndTime: utcText(Date.parse(record.endTime)) }),
    RecordFormatList: shownFormats(record.formats),
    TranscodeRecordFormatList: shownFormats(record.renditions[0]?.formats ?? []),
    TranscodeTemplates: { Templates: templates },
  };
}

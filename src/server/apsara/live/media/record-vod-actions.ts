import { z } from 'zod';
import type { StreamRule } from '../../../../rules/index.ts';
import {
  ApsaraError,
  action,
  type Body,
  DONE,
  integer,
  invalidParameter,
  listOf,
  type ServedAction,
  text,
} from '../../base/index.ts';
import { appName, domainName, settingsOf, streamName } from '../edit/index.ts';
import { editStreamRule, rulesOf, type Sections, without } from './stream-rules.ts';

type RecordRule = NonNullable<StreamRule['record']>;

const format = z.object({
  ...{
    Format: text.optional(),
    SliceDuration: integer.optional(),
    AutoCompose: text.optional(),
    Tags: text.optional(),
  },
  ...{ ProcessMethod: text.optional(), ProcessTemplateId: text.optional(), VideoProcess: text.optional() },
});
const names = { DomainName: domainName, AppName: appName, StreamName: streamName.optional() };
const configured = {
  ...{ AutoCompose: z.enum(['ON', 'OFF'], { error: 'it must be ON or OFF' }).optional() },
  ...{ CycleDuration: integer.optional(), DelayTime: integer.optional(), OnDemand: integer.optional() },
  ...{ RecordFormat: listOf(format).optional(), TranscodeTemplates: listOf(text).optional() },
  ...{ VodTranscodeGroupId: text.optional(), ComposeVodTranscodeGroupId: text.optional() },
};
const FIELDS: readonly (keyof RecordRule)[] = ['assets'];

type Given = { readonly [Name in keyof typeof configured]?: z.output<(typeof configured)[Name]> };

const matchOf = ({
  DomainName,
  AppName,
  StreamName,
}: {
  DomainName: string;
  AppName: string;
  StreamName?: string | undefined;
}) => ({
  ...{ domain: DomainName, app: AppName, stream: StreamName ?? '*' },
});

/** Recordings that come into the library. */
export const recordVodActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveRecordVodConfig',
    summary: 'Makes videos of the library of what is recorded of an app or a stream',
    differs:
      'recording itself is turned on too, as MP4, where it was not; OnDemand, CycleDuration and TranscodeTemplates are those of AddLiveAppRecordConfig; composed videos are processed by ComposeVodTranscodeGroupId',
    input: z.object({
      ...names,
      ...configured,
      ComposeVodTranscodeGroupId: text,
      StorageLocation: text.optional(),
      SpaceId: text.optional(),
      RecordContent: text.optional(),
    }),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      await editStreamRule(ask, match, 'AddLiveRecordVodConfig', (rule) => {
        if (isOn(rule?.record))
          throw new ApsaraError(400, 'ConfigAlreadyExists', `${match.app}/${match.stream} has one already.`);
        const { DelayTime: delaySeconds } = input;
        const usual = { enabled: true, ...(delaySeconds !== undefined && { delaySeconds }) };
        return { record: { ...usual, ...rule?.record, assets: assetsOf(input, undefined) } };
      });
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveRecordVodConfig',
    summary: 'Changes what becomes of recordings in the library',
    differs: 'what is left out stays as it is',
    input: z.object({ ...names, ...configured }),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await editStreamRule(ask, match, 'UpdateLiveRecordVodConfig', (rule) => {
        if (!isOn(rule?.record)) throw notThere(match);
        return { record: { ...rule?.record, assets: assetsOf(input, rule?.record?.assets) } };
      });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveRecordVodConfig',
    summary: 'Recordings come into the library no more',
    differs: 'they are still made: DeleteLiveAppRecordConfig ends that',
    input: z.object(names),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await editStreamRule(ask, match, 'DeleteLiveRecordVodConfig', (rule) => {
        if (!isOn(rule?.record)) throw notThere(match);
        return { record: without(rule?.record, FIELDS) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveRecordVodConfigs',
    summary: 'Of which streams of a domain recordings come into the library',
    input: z.object({
      ...{ DomainName: domainName, AppName: appName.optional(), StreamName: streamName.optional() },
      ...{ PageNum: integer.optional(), PageSize: integer.optional() },
    }),
    run: async ({ input: { DomainName, AppName, StreamName, PageNum = 1, PageSize = 10 }, ask }) => {
      const all = (await rulesOf(ask, DomainName, 'record')).filter(
        ({ record, match: { app, stream } }) =>
          isOn(record) && app === (AppName ?? app) && stream === (StreamName ?? stream),
      );
      const LiveRecordVodConfig = all
        .slice((PageNum - 1) * PageSize, PageNum * PageSize)
        .map((rule) => shown(DomainName, rule));
      return { LiveRecordVodConfigs: { LiveRecordVodConfig }, Total: String(all.length), PageNum, PageSize };
    },
  }),
];

const isOn = (record: RecordRule | undefined): boolean => (record?.assets?.as ?? 'off') !== 'off';

function assetsOf(given: Given, now: RecordRule['assets']): NonNullable<Sections['record']>['assets'] {
  const { AutoCompose, DelayTime, VodTranscodeGroupId, ComposeVodTranscodeGroupId, RecordFormat } = given;
  if (DelayTime !== undefined && (DelayTime < 15 || DelayTime > 21_600)) {
    throw invalidParameter('DelayTime', 'it must be from 15 to 21600');
  }
  const as = AutoCompose === undefined ? (now?.as ?? 'composed') : AutoCompose === 'ON' ? 'composed' : 'files';
  const wanted = as === 'composed' ? (ComposeVodTranscodeGroupId ?? VodTranscodeGroupId) : VodTranscodeGroupId;
  const format = RecordFormat?.[0]?.Format?.toLowerCase();
  if (format !== undefined && !['mp4', 'flv', 'm3u8'].includes(format)) {
    throw invalidParameter('RecordFormat.1.Format', 'it must be mp4, flv or m3u8');
  }
  return {
    ...{ ...now, as },
    ...(DelayTime !== undefined && { composeAfterSeconds: DelayTime }),
    ...(wanted !== undefined && { templateGroup: wanted }),
    ...(format !== undefined && { format: format as 'mp4' | 'flv' | 'm3u8' }),
  };
}

function notThere({ app, stream }: { readonly app: string; readonly stream: string }): ApsaraError {
  return new ApsaraError(404, 'InvalidConfig.NotFound', `There is no such configuration for exactly ${app}/${stream}.`);
}

function shown(DomainName: string, { match, record }: StreamRule): Body {
  const { as = 'off', templateGroup = '', composeAfterSeconds = 180, format: Format = 'mp4' } = record?.assets ?? {};
  return {
    ...{ DomainName, AppName: match.app, StreamName: match.stream, AutoCompose: as === 'composed' ? 'ON' : 'OFF' },
    ...{ DelayTime: composeAfterSeconds, RecordFormatList: { RecordFormat: [{ Format }] } },
    ...(templateGroup !== '' && {
      [as === 'composed' ? 'ComposeVodTranscodeGroupId' : 'VodTranscodeGroupId']: templateGroup,
    }),
  };
}

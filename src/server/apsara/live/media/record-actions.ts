import { z } from 'zod';
import { operationErrorOf } from '../../../../operations/index.ts';
import {
  ApsaraError,
  action,
  DONE,
  everyPage,
  invalidParameter,
  type ServedAction,
  utcText,
  utcTime,
} from '../../base/index.ts';
import { oneStream, settingsOf } from '../edit/index.ts';
import { OssPlaces } from './oss.ts';

type Recording = {
  readonly storage: string;
  readonly object: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationSeconds: number;
};

const CODES: Readonly<Record<string, readonly [number, string]>> = {
  TASK_ALREADY_STARTED: [400, 'TaskAlreadyStarted'],
  TASK_NOT_STARTED: [400, 'TaskNotStarted'],
  NOTHING_DELAYED: [400, 'TaskNotStarted'],
  STREAM_NOT_LIVE: [404, 'InvalidStream.NotFound'],
};

/** What is done with recordings themselves. */
export const recordActions: readonly ServedAction[] = [
  action({
    name: 'RealTimeRecordCommand',
    summary: 'Starts, stops or cuts the recording of a live stream',
    differs: 'the stream must be of a rule that records, with OnDemand 7 where only commands are to begin it',
    input: z.object({
      ...oneStream,
      Command: z.enum(['start', 'stop', 'cancel_delay', 'restart'], {
        error: 'it must be start, stop, cancel_delay or restart',
      }),
    }),
    run: async ({ input: { DomainName: domain, AppName: app, StreamName: stream, Command }, ask }) => {
      await settingsOf(ask, { domain, app, stream });
      try {
        await ask('commandRecording', { params: { domain, app, stream }, body: { command: Command } });
      } catch (error) {
        const known = operationErrorOf(error);
        const [status, code] = CODES[known?.code ?? ''] ?? [];
        if (status === undefined || code === undefined || known === undefined) throw error;
        throw new ApsaraError(status, code, `${known.message}. ${known.remedy}`);
      }
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamRecordContent',
    summary: 'The files that were recorded of a stream in a time',
    differs: "OssObjectPrefix is a file's whole name in its bucket.",
    input: z.object({ ...oneStream, StartTime: utcTime, EndTime: utcTime }),
    run: async ({ input, ask }) => {
      const { DomainName: domain, AppName: app, StreamName: stream, StartTime, EndTime } = input;
      if (EndTime <= StartTime) throw invalidParameter('EndTime', 'it must be after StartTime');
      await settingsOf(ask, { domain, app, stream });
      const places = await OssPlaces.read(ask);
      const query = { domain, app, stream, limit: 500 };
      const all = await everyPage<Recording>(ask, 'listRecordings', 'recordings', query);
      const RecordContentInfo = all
        .filter(({ startedAt, endedAt }) => Date.parse(endedAt) > StartTime && Date.parse(startedAt) < EndTime)
        .reverse()
        .map(({ storage, object, startedAt, endedAt, durationSeconds }) => ({
          ...places.placeOf(storage),
          OssObjectPrefix: places.objectOf(storage, object),
          StartTime: utcText(Date.parse(startedAt)),
          EndTime: utcText(Date.parse(endedAt)),
          Duration: durationSeconds,
        }));
      return { RecordContentInfoList: { RecordContentInfo } };
    },
  }),
];

import { z } from 'zod';
import {
  action,
  flag,
  integer,
  invalidParameter,
  isNotFound,
  listOf,
  type ServedAction,
  utcText,
  utcTime,
} from '../../base/index.ts';
import { oneStream, settingsOf } from '../edit/index.ts';
import { OssPlaces } from './oss.ts';

type Snapshot = {
  readonly storage: string;
  readonly object: string;
  readonly takenAt: string;
  readonly overwrites: boolean;
};

const DAY_MS = 86_400_000;
/** No time in seconds is so late, and none in milliseconds so early. */
const LATEST_SECOND = 1e11;

/** The pictures themselves. */
export const snapshotFileActions: readonly ServedAction[] = [
  action({
    name: 'DescribeLiveStreamSnapshotInfo',
    summary: 'The pictures of a stream that are kept, of a time of one day at most',
    differs:
      'they are looked for in the storage under the names of now; times are to the second, CreateTimestamp is in milliseconds; a name without {UnixTimestamp} goes by when it was stored',
    input: z.object({
      ...oneStream,
      ...{ StartTime: utcTime, EndTime: utcTime },
      Limit: integer.pipe(z.int().min(1).max(100)).default(10),
      Order: z.enum(['asc', 'desc'], { error: 'it must be asc or desc' }).default('asc'),
    }),
    run: async ({ input, ask }) => {
      const { DomainName: domain, AppName: app, StreamName: stream, StartTime, EndTime, Limit, Order } = input;
      if (EndTime <= StartTime || EndTime - StartTime > DAY_MS)
        throw invalidParameter('EndTime', 'it must be after StartTime, and one day after it at most');
      const params = { domain, app, stream };
      await settingsOf(ask, params);
      const places = await OssPlaces.read(ask);
      const query = {
        ...{ from: new Date(StartTime).toISOString(), to: new Date(EndTime).toISOString() },
        ...{ order: Order === 'asc' ? 'oldest' : 'newest', limit: Limit + 1 },
      };
      const { snapshots } = await ask<{ snapshots: Snapshot[] }>('listSnapshots', { params, query });
      const LiveStreamSnapshotInfo = snapshots.slice(0, Limit).map(({ storage, object, takenAt, overwrites }) => ({
        ...places.placeOf(storage),
        OssObject: places.objectOf(storage, object),
        CreateTime: utcText(Date.parse(takenAt)),
        CreateTimestamp: Date.parse(takenAt),
        IsOverlay: overwrites,
      }));
      const next = Order === 'asc' ? snapshots[Limit] : undefined;
      const more = next === undefined ? {} : { NextStartTime: utcText(Date.parse(next.takenAt)) };
      return { LiveStreamSnapshotInfoList: { LiveStreamSnapshotInfo }, ...more };
    },
  }),
  action({
    name: 'DeleteSnapshotFiles',
    summary: 'Deletes pictures of a stream by when they were taken',
    differs: 'RemoveFile must be true, as there is no list beside the files',
    input: z.object({
      ...oneStream,
      CreateTimestampList: listOf(integer.pipe(z.int().min(0).max(1e14))),
      RemoveFile: flag,
    }),
    run: async ({ input, ask }) => {
      const { DomainName: domain, AppName: app, StreamName: stream, CreateTimestampList, RemoveFile } = input;
      if (!RemoveFile) throw invalidParameter('RemoveFile', 'it must be true: there is no list beside the files');
      await settingsOf(ask, { domain, app, stream });
      const SnapshotDeleteInfo: { CreateTimestamp: number; Message: string }[] = [];
      for (const CreateTimestamp of CreateTimestampList) {
        const second = Math.floor(CreateTimestamp < LATEST_SECOND ? CreateTimestamp : CreateTimestamp / 1000);
        const Message = await ask('deleteSnapshot', { params: { domain, app, stream, second } }).then(
          () => 'OK',
          (error) => {
            if (isNotFound(error)) return 'NotFound';
            throw error;
          },
        );
        SnapshotDeleteInfo.push({ CreateTimestamp, Message });
      }
      const SuccessCount = SnapshotDeleteInfo.filter(({ Message }) => Message === 'OK').length;
      const FailureCount = SnapshotDeleteInfo.length - SuccessCount;
      return { SuccessCount, FailureCount, SnapshotDeleteInfoList: { SnapshotDeleteInfo } };
    },
  }),
];

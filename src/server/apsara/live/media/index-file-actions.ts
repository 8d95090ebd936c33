import { z } from 'zod';
import { type Ask, operationErrorOf } from '../../../../operations/index.ts';
import {
  ApsaraError,
  action,
  everyPage,
  flag,
  integer,
  invalidParameter,
  isNotFound,
  listOf,
  type ServedAction,
  text,
  utcText,
  utcTime,
} from '../../base/index.ts';
import { oneStream, settingsOf } from '../edit/index.ts';
import { listed, pageFields } from './listed.ts';
import { OssPlaces } from './oss.ts';

type IndexFile = {
  readonly id: string;
  readonly state: 'making' | 'ready' | 'failed';
  readonly storage: string;
  readonly object: string;
  readonly width: number;
  readonly height: number;
  readonly startTime: string;
  readonly endTime: string;
  readonly durationSeconds: number;
  readonly createTime: string;
  readonly url: string;
};

type Named = { readonly DomainName: string; readonly AppName: string; readonly StreamName: string };

const LONGEST_MS = 4 * 86_400_000;

const namesOf = ({ DomainName: domain, AppName: app, StreamName: stream }: Named) => ({ domain, app, stream });

/** Playlists over a range of what is recorded. */
export const indexFileActions: readonly ServedAction[] = [
  action({
    name: 'CreateLiveStreamRecordIndexFiles',
    summary: 'Makes a playlist over what was recorded of a stream in a time',
    differs:
      'what was not recorded as TS is made of the archive, which takes a while: Duration is 0 until then; RecordUrl is a path at the control port; segments count by when they were taken',
    input: z.object({
      ...oneStream,
      ...{ StartTime: utcTime, EndTime: utcTime, EndTimeIncluded: flag.default(false) },
      ...{ OssBucket: text, OssEndpoint: text, OssObject: text },
    }),
    run: async ({ input, ask }) => {
      const params = namesOf(input);
      await settingsOf(ask, params);
      const places = await OssPlaces.read(ask);
      const body = {
        startTime: new Date(input.StartTime).toISOString(),
        endTime: new Date(input.EndTime).toISOString(),
        endTimeIncluded: input.EndTimeIncluded,
        object: input.OssObject,
        storage: places.storageOf(input),
      };
      try {
        const file = await ask<IndexFile>('createIndexFile', { params, body });
        return { RecordInfo: shown(input, file, places) };
      } catch (error) {
        if (operationErrorOf(error)?.code !== 'NOTHING_RECORDED') throw error;
        const message = 'Nothing of the stream was recorded in that time. Check the names, or ask for a longer time.';
        throw new ApsaraError(404, 'InvalidStream.NotFound', message);
      }
    },
  }),
  action({
    name: 'DescribeLiveStreamRecordIndexFile',
    summary: 'One playlist over what was recorded',
    input: z.object({ ...oneStream, RecordId: text }),
    run: async ({ input, ask }) => {
      const params = namesOf(input);
      await settingsOf(ask, params);
      const places = await OssPlaces.read(ask);
      return { RecordIndexInfo: shownWithFormat(input, await found(ask, params, input.RecordId), places) };
    },
  }),
  action({
    name: 'DescribeLiveStreamRecordIndexFiles',
    summary: 'The playlists that were made of a stream in a time',
    input: z.object({
      ...oneStream,
      ...{ StartTime: utcTime, EndTime: utcTime },
      ...pageFields,
      PageSize: integer.pipe(z.int().min(5).max(30)).default(10),
    }),
    run: async ({ input, ask }) => {
      const { StartTime, EndTime } = input;
      if (EndTime <= StartTime || EndTime - StartTime > LONGEST_MS)
        throw invalidParameter('EndTime', 'it must be after StartTime, and four days after it at most');
      const params = namesOf(input);
      await settingsOf(ask, params);
      const places = await OssPlaces.read(ask);
      const all = await everyPage<IndexFile>(ask, 'listIndexFiles', 'indexFiles', { limit: 500 }, params);
      const wanted = all
        .filter(({ createTime }) => Date.parse(createTime) >= StartTime && Date.parse(createTime) < EndTime)
        .reverse();
      const { items, about } = listed(wanted, input);
      const RecordIndexInfo = items.map((file) => shownWithFormat(input, file, places));
      return { RecordIndexInfoList: { RecordIndexInfo }, ...about };
    },
  }),
  action({
    name: 'DeleteLiveStreamRecordIndexFiles',
    summary: 'Forgets playlists, and deletes their files where that is asked for',
    input: z.object({
      ...oneStream,
      RecordId: listOf(text),
      RemoveFile: flag,
    }),
    run: async ({ input, ask }) => {
      const params = namesOf(input);
      await settingsOf(ask, params);
      const RecordDeleteInfo: { RecordId: string; Message: string }[] = [];
      for (const id of input.RecordId) {
        const Message = await deleted(ask, { ...params, id }, input.RemoveFile);
        RecordDeleteInfo.push({ RecordId: id, Message });
      }
      return { RecordDeleteInfoList: { RecordDeleteInfo } };
    },
  }),
];

async function found(ask: Ask, params: object, id: string): Promise<IndexFile> {
  try {
    return await ask<IndexFile>('getIndexFile', { params: { ...params, id } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `There is no index file ${id} of this stream. DescribeLiveStreamRecordIndexFiles lists them.`;
    throw new ApsaraError(404, 'InvalidRecord.NotFound', message);
  }
}

async function deleted(ask: Ask, params: object, removesFile: boolean): Promise<string> {
  try {
    await ask('deleteIndexFile', { params, query: { keepFiles: removesFile ? 'false' : 'true' } });
    return 'OK';
  } catch (error) {
    if (isNotFound(error)) return 'NotFound';
    throw error;
  }
}

function shown({ DomainName, AppName, StreamName }: Named, file: IndexFile, places: OssPlaces) {
  return {
    ...{ DomainName, AppName, StreamName, RecordId: file.id, RecordUrl: file.url },
    ...places.placeOf(file.storage),
    OssObject: places.objectOf(file.storage, file.object),
    StartTime: utcText(Date.parse(file.startTime)),
    EndTime: utcText(Date.parse(file.endTime)),
    Duration: file.durationSeconds,
    ...{ Width: file.width, Height: file.height },
    CreateTime: utcText(Date.parse(file.createTime)),
  };
}

function shownWithFormat(named: Named, file: IndexFile, places: OssPlaces) {
  return { ...shown(named, file, places), Format: 'm3u8' };
}

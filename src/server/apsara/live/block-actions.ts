import { z } from 'zod';
import {
  action,
  DONE,
  everyPage,
  integer,
  invalidParameter,
  orNotFound,
  paged,
  type ServedAction,
  text,
  utcTime,
} from '../base/index.ts';

const named = { DomainName: text, AppName: text, StreamName: text };
/** Blocks are for publishers; nothing else is known there either. */
const publisher = text.refine((type) => type === 'publisher', { error: 'it must be publisher' });

type Block = { readonly domain: string; readonly app: string; readonly stream: string };

/** Streams that nobody may publish. */
export const blockActions: readonly ServedAction[] = [
  action({
    name: 'ForbidLiveStream',
    summary: 'Sends the publisher of a stream away, and keeps it away until a time',
    input: z.object({
      ...named,
      LiveStreamType: publisher,
      Oneshot: z.enum(['yes', 'no']).default('no'),
      ResumeTime: utcTime.optional(),
    }),
    run: async ({ input: { DomainName, AppName, StreamName, Oneshot, ResumeTime }, ask, nowMs }) => {
      const names = { domain: DomainName, app: AppName, stream: StreamName };
      if (Oneshot === 'yes') {
        await orNotFound(ask('kickStream', { params: names }), 'InvalidStream.NotFound', 'stream');
        return DONE;
      }
      if (ResumeTime !== undefined && ResumeTime <= nowMs()) throw invalidParameter('ResumeTime', 'it is in the past');
      const until = ResumeTime === undefined ? {} : { until: new Date(ResumeTime).toISOString() };
      await ask('createBlock', { body: { ...names, ...until, reason: 'ForbidLiveStream' } });
      return DONE;
    },
  }),
  action({
    name: 'ResumeLiveStream',
    summary: 'Lets a forbidden stream be published again',
    input: z.object({ ...named, LiveStreamType: publisher }),
    run: async ({ input: { DomainName, AppName, StreamName }, ask }) => {
      const params = { domain: DomainName, app: AppName, stream: StreamName };
      await orNotFound(ask('deleteBlock', { params }), 'InvalidStream.NotFound', 'stream');
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamsBlockList',
    summary: 'The forbidden streams of a domain',
    input: z.object({
      DomainName: text,
      PageNum: integer.pipe(z.int().min(1)).default(1),
      PageSize: integer.pipe(z.int().min(1).max(3000)).default(2000),
    }),
    run: async ({ input: { DomainName, PageNum, PageSize }, ask }) => {
      const blocks = await everyPage<Block>(ask, 'listBlocks', 'blocks');
      const urls = blocks.flatMap(({ domain, app, stream }) =>
        domain === DomainName ? [`rtmp://${domain}/${app}/${stream}`] : [],
      );
      const { items, pages } = paged(urls, PageNum, PageSize);
      return {
        DomainName,
        PageNum,
        PageSize,
        StreamUrls: { StreamUrl: items },
        TotalNum: urls.length,
        TotalPage: pages,
      };
    },
  }),
];

import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import {
  action,
  everyPage,
  integer,
  invalidParameter,
  paged,
  type ServedAction,
  text,
  utcText,
  utcTime,
} from '../../base/index.ts';
import { domainName, settingsOf } from '../edit/index.ts';
import { type Family, RECORDINGS, STREAMS } from './callbacks.ts';
import { playDomainOf } from './stream-notify-actions.ts';

type Delivery = {
  readonly id: number;
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly kind: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly at: string;
  readonly attempts: number;
  readonly finishedAt?: string;
  readonly lastStatus?: number;
  readonly lastError?: string;
  readonly request?: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
};

const asked = {
  DomainName: domainName,
  AppName: text.optional(),
  StreamName: text.optional(),
  StartTime: utcTime,
  EndTime: utcTime,
  Status: z.enum(['success', 'failed'], { error: 'it must be success or failed' }).optional(),
};
const page = integer.pipe(z.int().min(1).max(100_000));
const size = integer.pipe(z.int().min(1).max(500));

const whole = z.object({ ...asked, PageNumber: page, PageSize: size });

type Asked = z.output<typeof whole>;

const DIFFERS =
  'callbacks of all endpoints are listed, for as long as they are kept; headers and content are as they would be sent by the rules of now, without the signature; NotifyResponse is the status of HTTP, or why there was none';

/** Callbacks that were sent. */
export const notifyRecordActions: readonly ServedAction[] = [
  action({
    name: 'DescribeLiveStreamsNotifyRecords',
    summary: 'Callbacks of publishes and their ends that were sent',
    differs: DIFFERS,
    input: z.object({ ...asked, PageNumber: page.default(1), PageSize: size.default(20) }),
    run: async ({ input, ask }) => {
      const domain = await playDomainOf(ask, input.DomainName);
      const { records, ...about } = await recordsOf(ask, STREAMS, { ...input, DomainName: domain });
      return { NotifyRecordsInfo: { LiveStreamNotifyRecordsInfo: records }, ...about };
    },
  }),
  action({
    name: 'DescribeLiveRecordNotifyRecords',
    summary: 'Callbacks of recordings that were sent',
    differs: `${DIFFERS}; StorageType is not known`,
    input: whole,
    run: async ({ input, ask }) => {
      await settingsOf(ask, { domain: input.DomainName, app: input.AppName ?? '*', stream: input.StreamName ?? '*' });
      const { records, ...about } = await recordsOf(ask, RECORDINGS, input);
      return { CallbackList: records, ...about };
    },
  }),
];

async function recordsOf(ask: Ask, family: Family, given: Asked) {
  const { DomainName, AppName, StreamName, StartTime, EndTime, Status, PageNumber, PageSize } = given;
  if (EndTime <= StartTime) throw invalidParameter('EndTime', 'it must be after StartTime');
  const sent = await everyPage<Delivery>(ask, 'listDeliveries', 'deliveries', {
    ...{ domain: DomainName, limit: 500, kinds: family.events.join(',') },
    ...(AppName === undefined ? {} : { app: AppName }),
    ...(StreamName === undefined ? {} : { stream: StreamName }),
    ...{ from: new Date(StartTime).toISOString(), to: new Date(EndTime).toISOString() },
  });
  const wanted = sent.filter((each) => each.attempts > 0 && resultOf(each) === (Status ?? resultOf(each)));
  const { items, pages } = paged(wanted, PageNumber, PageSize);
  const records = await Promise.all(items.map(({ id }) => recordOf(ask, id)));
  return { records, PageNum: PageNumber, PageSize, TotalNum: wanted.length, TotalPage: pages };
}

const resultOf = ({ state }: Delivery) => (state === 'delivered' ? 'success' : 'failed');

async function recordOf(ask: Ask, id: number) {
  const each = await ask<Delivery>('getDelivery', { params: { id } });
  const { request, lastStatus, lastError } = each;
  const result = resultOf(each);
  return {
    ...{ DomainName: each.domain, AppName: each.app, StreamName: each.stream, NotifyType: each.kind },
    NotifyTime: utcText(Date.parse(each.finishedAt ?? each.at)),
    NotifyResult: result,
    NotifyResponse: String(lastStatus ?? lastError ?? ''),
    Description: result === 'success' ? 'success' : (lastError ?? `answered ${lastStatus}`),
    ...(request && {
      NotifyUrl: request.url,
      NotifyHeader: JSON.stringify(request.headers),
      NotifyContent: request.body ?? new URL(request.url).search.slice(1),
    }),
  };
}

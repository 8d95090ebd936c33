import type { Delivery, DeliverySource } from '../notify/index.ts';
import type { Notice } from './alarm.ts';
import type { AlarmBook } from './alarm-book.ts';
import { alarmNote } from './alarm-note.ts';

export type NoticeSourceOptions = {
  readonly book: AlarmBook;
  readonly wallMs: () => number;
  readonly runbookBase: string;
};

/** The notices of the book as the deliverer wants them: those of one alarm and channel one after the other. */
export function noticeSource({ book, wallMs, runbookBase }: NoticeSourceOptions): DeliverySource & { wake(): void } {
  const claimed = new Set<string>();
  const wakers = new Set<() => void>();
  const settle = async (id: string, change: (notice: Notice) => void) => {
    claimed.delete(id);
    const notice = book.notices.get(id);
    if (notice) change(notice);
    await book.save(wallMs());
  };
  return {
    async claim(limit, except) {
      const due = [...heads(book.notices.values())].filter(
        ({ id, channel, nextAttemptAtMs }) =>
          nextAttemptAtMs <= wallMs() && !claimed.has(id) && !except.includes(channel),
      );
      return due.slice(0, limit).map((notice) => {
        claimed.add(notice.id);
        return deliveryOf(notice, wallMs(), runbookBase);
      });
    },
    delivered: ({ id }) => settle(id, () => book.dropNotice(id)),
    failed: ({ id, firstAttemptAtMs }, { error, retryAtMs }) =>
      settle(id, (notice) => {
        if (retryAtMs === 'dead') return book.dropNotice(id);
        const tried = { attempts: notice.attempts + 1, firstAttemptAtMs, nextAttemptAtMs: retryAtMs, lastError: error };
        book.putNotice({ ...notice, ...tried });
      }),
    async release(deliveries) {
      for (const { id } of deliveries) claimed.delete(id);
    },
    onWake(callback) {
      wakers.add(callback);
      return () => wakers.delete(callback);
    },
    wake() {
      for (const wake of wakers) wake();
    },
  };
}

/** The first of each alarm and channel. */
function* heads(notices: Iterable<Notice>): Generator<Notice> {
  const lines = new Set<string>();
  for (const notice of notices) {
    const line = `${notice.alarm.id} ${notice.channel}`;
    if (!lines.has(line)) yield notice;
    lines.add(line);
  }
}

function deliveryOf(notice: Notice, wallMs: number, runbookBase: string): Delivery {
  const { id, kind, alarm, atMs, attempts, channel, firstAttemptAtMs = wallMs } = notice;
  const { domain = '', app = '', stream = '' } = alarm.subject;
  const data = { alarm: alarmNote(alarm, runbookBase) };
  const event = { id, kind, sessionId: alarm.id, domain, ingestDomain: '', app, stream, atMs, data };
  return { id, attempt: attempts + 1, endpointId: channel, firstAttemptAtMs, event };
}

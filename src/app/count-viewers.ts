import type { SessionListener, ViewerSession } from '../access/index.ts';
import type { CountedViewer, StreamCounters, UsageDoor, UsageMeter } from '../usage/index.ts';

const HOUR_MS = 3_600_000;

/** Counts viewers as they come and go, and which rendition each of them plays when `follow` is called. */
export function countViewers(meter: UsageMeter, counters: StreamCounters, wallMs: () => number) {
  const hourNow = () => Math.floor(wallMs() / HOUR_MS);
  let hour = hourNow();
  const viewers = new Map<ViewerSession, CountedViewer | undefined>();
  const placeOf = ({ domain, app, stream, plays }: ViewerSession) =>
    counters.placeOf({ domain, app, name: plays?.() ?? stream });
  const join = (session: ViewerSession) => {
    if (!viewers.has(session)) return;
    viewers.set(session, meter.joined(placeOf(session), session.protocol as UsageDoor, session.address));
  };
  const listener: SessionListener = {
    opened(session) {
      viewers.set(session, undefined);
      // What it plays is known once it is open.
      queueMicrotask(() => join(session));
    },
    closed(session) {
      viewers.get(session)?.left();
      viewers.delete(session);
    },
  };
  const follow = () => {
    const isNewHour = hourNow() !== hour;
    hour = hourNow();
    for (const [session, viewer] of viewers) {
      if (session.plays) viewer?.moved(placeOf(session).template);
      if (isNewHour) viewer?.stays();
    }
  };
  return { listener, follow };
}

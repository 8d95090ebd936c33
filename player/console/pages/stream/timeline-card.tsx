import type { VNode } from 'preact';
import { EventList, useEventTail } from '../../event-log/index.ts';
import { Busy, Card, ProblemNote } from '../../kit/index.ts';
import type { StreamId } from '../../stream-actions/index.ts';
import { pageWords } from './words.ts';

const DAY_MS = 86_400_000;
const SHOWN = 50;

/** What happened to a stream and its renditions in the last day. */
export function TimelineCard({ stream }: { readonly stream: StreamId }): VNode {
  const words = pageWords();
  const { domain, app, name } = stream;
  const tail = useEventTail(`${domain}/${app}/${name}`, {
    sinceMs: Date.now() - DAY_MS,
    isWanted: (event) =>
      event.domain === domain && event.app === app && (event.stream === name || event.stream.startsWith(`${name}_`)),
    filter: { domain, app },
  });
  const { events, problem } = tail.state.value;
  return (
    <Card title={words.timeline} actions={<span class="hint">{words.timelineHint}</span>}>
      <ProblemNote problem={problem} />
      {!events && !problem && <Busy />}
      {events?.length === 0 && <p class="hint">{words.timelineEmpty}</p>}
      {events && <EventList events={events.slice(0, SHOWN)} />}
    </Card>
  );
}

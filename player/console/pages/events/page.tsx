import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { PulseIcon } from '../../../icons/index.ts';
import type { EventEntry } from '../../answers/answer-types.ts';
import { eventDetail, eventWords } from '../../event-log/event-words.ts';
import { EventList, useEventTail } from '../../event-log/index.ts';
import { Busy, Card, Empty, PageHead, Pill, ProblemNote, TextField } from '../../kit/index.ts';
import { eventsWords } from './words.ts';

const HOUR_MS = 3_600_000;
const SHOWN = 200;

/** What happens on the server, as it happens. */
export function Page(): VNode {
  const words = eventsWords();
  const filter = useSignal('');
  const tail = useEventTail('all', { sinceMs: Date.now() - HOUR_MS, isWanted: () => true });
  const { events, problem } = tail.state.value;
  const fit = events?.filter((event) => holds(event, filter.value)) ?? [];
  return (
    <>
      <PageHead
        title={words.title}
        hint={words.hint}
        beside={events && !problem && <Pill verdict={{ words: words.following, tone: 'good' }} />}
      />
      <ProblemNote problem={problem} />
      {!events && !problem && <Busy />}
      {events?.length === 0 && (
        <Empty title={words.none} icon={<PulseIcon />}>
          <p>{words.noneHint}</p>
        </Empty>
      )}
      {events !== undefined && events.length > 0 && (
        <>
          <search class="narrow">
            <TextField label={words.filter} placeholder={words.filterHint} value={filter} type="search" />
          </search>
          <Card actions={<span class="hint">{words.shown(Math.min(SHOWN, fit.length), events.length)}</span>}>
            {fit.length === 0 ? (
              <p class="hint">{words.noneFits}</p>
            ) : (
              <EventList events={fit.slice(0, SHOWN)} hasStream />
            )}
          </Card>
        </>
      )}
    </>
  );
}

function holds(event: EventEntry, text: string): boolean {
  const said = `${event.app}/${event.stream} ${event.kind} ${eventWords(event)} ${eventDetail(event)}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

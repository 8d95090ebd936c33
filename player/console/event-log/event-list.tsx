import type { VNode } from 'preact';
import type { EventEntry } from '../answers/answer-types.ts';
import { Ago, Preformatted } from '../kit/index.ts';
import { hrefOf } from '../shell/href.ts';
import './event-list.css';
import { detailsWords, eventDetail, eventSubject, eventTone, eventWords } from './event-words.ts';

/** Events under each other, the newest first; `hasStream` names the stream of each. */
export function EventList(props: { readonly events: readonly EventEntry[]; readonly hasStream?: boolean }): VNode {
  return (
    <ol class="event-list">
      {props.events.map((event) => (
        <li key={event.position} class={`event dot-${eventTone(event)}`}>
          <div class="event-head">
            <strong>{eventWords(event)}</strong>
            {props.hasStream && event.stream !== '' && (
              <a href={hrefOf('streams/:domain/:app/:stream', event.domain, event.app, event.stream)}>
                {event.app}/{event.stream}
              </a>
            )}
            <Subject event={event} />
            <span class="hint">
              <Ago at={event.atMs} />
            </span>
          </div>
          <EventData event={event} />
        </li>
      ))}
    </ol>
  );
}

function Subject({ event }: { readonly event: EventEntry }): VNode | null {
  const subject = eventSubject(event);
  return subject ? <a href={hrefOf(subject.page, subject.id)}>{subject.id.slice(0, 8)}…</a> : null;
}

function EventData({ event }: { readonly event: EventEntry }): VNode | null {
  const detail = eventDetail(event);
  if (Object.keys(event.data).length === 0) return null;
  return (
    <details>
      <summary>{detail || detailsWords()}</summary>
      <Preformatted label={eventWords(event)} text={JSON.stringify(event.data, undefined, 2)} />
    </details>
  );
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, number, text } from '../../answers/answer-fields.ts';
import { ActionButton, Card, may, ProblemNote, post, useAction, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { type Channel, readChannels } from './read-alarms.ts';
import { alarmWords } from './words.ts';

/** Who is told of alarms, with a button that tries each. */
export function Channels(): VNode {
  const words = alarmWords();
  const mayRead = may('rules:read');
  const path = mayRead ? '/alarm-channels?limit=100' : undefined;
  const { value, problem } = usePoll({ path, read: readChannels }).state.value;
  return (
    <Card title={words.channels}>
      <ProblemNote problem={problem} />
      {value?.length === 0 && <p class="hint">{words.noChannels}</p>}
      <ul class="alarm-list">
        {value?.map((channel) => (
          <ChannelEntry key={channel.id} channel={channel} />
        ))}
      </ul>
      {mayRead && (
        <p class="alarm-links">
          <a href={hrefOf('alarm-channels')}>{words.toChannels}</a>
          <a href={hrefOf('alarm-policies')}>{words.toPolicies}</a>
        </p>
      )}
    </Card>
  );
}

function ChannelEntry({ channel: { id, kind, where, isOn } }: { readonly channel: Channel }): VNode {
  const words = alarmWords();
  const outcome = useSignal<string | undefined>(undefined);
  const test = useAction(
    () => post('/alarms/test', { channel: id }),
    (answer) => {
      const { isTaken, status, error } = fields(answer);
      const reason = text(error) ?? String(number(status) ?? '');
      outcome.value = isTaken === true ? words.taken(number(status) ?? 0) : words.notTaken(reason);
    },
  );
  return (
    <li>
      <div>
        <strong>{id}</strong>
        <p class="hint alarm-subject">
          {words.kinds[kind] ?? kind} · {where}
          {!isOn && ` · ${words.off}`}
        </p>
        <ProblemNote problem={test.problem.value} />
        {outcome.value !== undefined && <p role="status">{outcome.value}</p>}
      </div>
      {may('alarms:write') && (
        <ActionButton action={test} class="outline">
          {words.testOf(id)}
        </ActionButton>
      )}
    </li>
  );
}

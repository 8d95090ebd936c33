import type { VNode } from 'preact';
import { Ago, announce, Card, may, ProblemNote, pathOf, remove, useAction, usePoll } from '../../kit/index.ts';
import { readSilences } from './read-alarms.ts';
import { alarmWords } from './words.ts';

/** What nobody wants to hear of, until when, by whom and why. */
export function Silences({ onChanged }: { readonly onChanged: () => void }): VNode {
  const words = alarmWords();
  const silences = usePoll({ path: '/alarm-silences?limit=200', everyMs: 15_000, read: readSilences });
  const { value, problem } = silences.state.value;
  const end = useAction(
    (id: string) => remove(`/alarm-silences${pathOf(id)}`),
    () => {
      announce(words.done);
      void silences.askNow();
      onChanged();
    },
  );
  return (
    <Card title={words.silences}>
      <ProblemNote problem={problem ?? end.problem.value} />
      {value?.length === 0 && <p class="hint">{words.noSilences}</p>}
      <ul class="alarm-list">
        {value?.map(({ id, code, subject, until, by, reason }) => (
          <li key={id}>
            <div>
              <strong class="alarm-subject">
                {code} · {subject}
              </strong>
              <p class="hint">
                {reason} · {by} · {words.silencedUntil} <Ago at={until} />
              </p>
            </div>
            {may('alarms:write') && (
              <button
                type="button"
                class="outline secondary"
                disabled={end.isBusy.value}
                onClick={() => void end.run(id)}
              >
                {words.end}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

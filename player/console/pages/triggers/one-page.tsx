import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import {
  Busy,
  Card,
  ConfirmButton,
  CopyField,
  may,
  PageHead,
  ProblemNote,
  pathOf,
  remove,
  usePoll,
} from '../../kit/index.ts';
import type { Field } from '../../schema-form/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { FiringNote, TriggerState } from './page.tsx';
import { placeOf, readTriggerWithFirings, type Trigger } from './read-triggers.ts';
import { settingsFields } from './settings-fields.ts';
import { TriggerForm } from './trigger-form.tsx';
import { triggerWords } from './words.ts';

const EVERY_MS = 5000;

/** One trigger: what it watches, what it starts with what, and what has set it off. */
export function Page(): VNode {
  const words = triggerWords();
  const { params } = useRoute();
  const id = params.id === '+' ? undefined : params.id;
  const path = id === undefined ? undefined : `/workflow-triggers${pathOf(id)}`;
  const polled = usePoll({ path, everyMs: EVERY_MS, read: readTriggerWithFirings });
  const { value: known, problem } = polled.state.value;
  const forms = useSignal<Readonly<Record<string, Field>> | undefined>(undefined);
  useEffect(() => void settingsFields().then((found) => (forms.value = found)), [forms]);
  const trigger = known?.trigger;
  const isThere = forms.value !== undefined && (id === undefined || trigger !== undefined);
  return (
    <>
      <PageHead
        title={id === undefined ? words.create : trigger ? placeOf(trigger) : words.one}
        trail={<a href={hrefOf('triggers')}>{words.title}</a>}
        beside={trigger && <TriggerState trigger={trigger} />}
      >
        {trigger && may('templates:write') && <RemoveButton trigger={trigger} />}
      </PageHead>
      <ProblemNote problem={problem} />
      {!isThere && !problem && <Busy />}
      <div class="stack">
        {isThere && forms.value && (
          <TriggerForm
            key={id ?? '+'}
            forms={forms.value}
            {...(trigger && { trigger })}
            onSaved={() => void polled.askNow()}
          />
        )}
        {trigger?.kind === 'event' && (
          <Card title={words.events}>
            <p class="hint">{words.eventsHint}</p>
            <CopyField
              label={words.eventsUrl}
              value={new URL(`/api/v1/workflow-triggers/${trigger.id}/events`, location.href).href}
            />
          </Card>
        )}
        {known && (
          <Card title={words.firings}>
            {known.firings.length === 0 && <p class="hint">{words.never}</p>}
            <ul>
              {known.firings.map((firing) => (
                <li key={`${firing.object} ${firing.at}`}>
                  <FiringNote firing={firing} />
                </li>
              ))}
            </ul>
          </Card>
        )}
      </div>
    </>
  );
}

function RemoveButton({ trigger }: { readonly trigger: Trigger }): VNode {
  const words = triggerWords();
  const { route } = useLocation();
  return (
    <ConfirmButton
      label={words.remove}
      title={words.removeTitle}
      act={() => remove(`/workflow-triggers${pathOf(trigger.id)}`)}
      onDone={() => route(hrefOf('triggers'))}
    >
      <p>{words.removeBody}</p>
    </ConfirmButton>
  );
}

import { type Signal, signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { TerminalIcon } from '../../../icons/index.ts';
import { Card, Empty, Findings, PageHead, ProblemNote, SelectField, TextField, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { hasPage } from '../../shell/page-list.ts';
import { callAction, type Outcome } from './call-action.ts';
import './explorer.css';
import { flattened, TypedWrong } from './flatten.ts';
import { OutcomeCards } from './outcome-cards.tsx';
import { ParameterField } from './parameter-field.tsx';
import { type Action, readActions } from './read-actions.ts';
import { canSign, type Signature } from './sign-request.ts';
import { explorerWords } from './words.ts';

const SIGNATURES: readonly Signature[] = ['v3', 'v1'];

/** Calls actions of ApsaraVideo's OpenAPI as programs do. */
export function Page(): VNode {
  const words = explorerWords();
  const { value: actions, problem } = usePoll({ path: '/apsara/actions', read: readActions }).state.value;
  const outcome = useSignal<Outcome | undefined>(undefined);
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <ProblemNote problem={problem} />
      {!canSign() && (
        <Findings findings={[{ code: 'UNSAFE', sentence: words.unsafe, remedy: words.unsafeRemedy }]} tone="warn" />
      )}
      <div class="explorer-columns">
        {actions && <Caller actions={actions} outcome={outcome} />}
        {outcome.value ? (
          <OutcomeCards outcome={outcome.value} />
        ) : (
          <Empty title={words.nothingYet} icon={<TerminalIcon />} />
        )}
      </div>
    </>
  );
}

function Caller(props: { readonly actions: readonly Action[]; readonly outcome: Signal<Outcome | undefined> }): VNode {
  const { actions, outcome } = props;
  const words = explorerWords();
  const { query } = useLocation();
  const part = useSignal('');
  const name = useSignal(query.action ?? 'DescribeLiveUserDomains');
  const keyId = useSignal('');
  const secret = useSignal('');
  const signature = useSignal<Signature>('v3');
  const isBusy = useSignal(false);
  const wrong = useSignal<string | undefined>(undefined);
  const values = useMemo(() => new Map<string, Signal<string>>(), []);
  const found = actions.filter((each) => each.name.toLowerCase().includes(part.value.trim().toLowerCase()));
  const chosen = found.find((each) => each.name === name.value) ?? found[0];
  if (chosen !== undefined && chosen.name !== name.value) name.value = chosen.name;
  const send = async (event: Event) => {
    event.preventDefault();
    if (chosen === undefined || isBusy.value) return;
    isBusy.value = true;
    wrong.value = undefined;
    try {
      const typed = Object.fromEntries([...values].map(([each, { value }]) => [each, value]));
      const { name: action, version } = chosen;
      const key = { keyId: keyId.value.trim(), secret: secret.value.trim() };
      const parameters = flattened(chosen.parameters, typed);
      outcome.value = await callAction(signature.value, { action, version, parameters, ...key });
    } catch (error) {
      if (!(error instanceof TypedWrong)) throw error;
      wrong.value = error.parameter;
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Card>
      <form class="explorer-form" onSubmit={send}>
        <TextField label={words.find} hint={words.findHint(actions.length)} type="search" value={part} />
        {chosen === undefined ? (
          <p class="hint">{words.none}</p>
        ) : (
          <>
            <SelectField
              {...{ label: words.action, hint: chosen.summary, value: name }}
              choices={found.map((each) => ({ value: each.name, words: each.name }))}
            />
            {chosen.differs !== undefined && (
              <details class="hint">
                <summary>{words.differs}</summary>
                <p>{chosen.differs}</p>
              </details>
            )}
            <fieldset>
              <legend>{words.parameters}</legend>
              {chosen.parameters.length === 0 && <p class="hint">{words.noParameters}</p>}
              {chosen.parameters.map((parameter) => (
                <ParameterField
                  key={`${chosen.name} ${parameter.name}`}
                  {...{ parameter, value: typedFor(values, parameter.name), isWrong: wrong.value === parameter.name }}
                />
              ))}
            </fieldset>
          </>
        )}
        <fieldset>
          <legend>{words.key}</legend>
          <TextField label={words.keyId} value={keyId} autocomplete="off" isRequired />
          <TextField
            {...{ label: words.secret, hint: words.secretHint, type: 'password', value: secret }}
            autocomplete="off"
            isRequired
          />
          {hasPage('access-keys') && (
            <p class="hint">
              <a href={hrefOf('access-keys')}>{words.makeKey}</a>
            </p>
          )}
          <SelectField
            label={words.signature}
            value={signature}
            choices={SIGNATURES.map((value) => ({ value, words: words.signatures[value] }))}
          />
        </fieldset>
        <button type="submit" aria-busy={isBusy.value} disabled={isBusy.value || !canSign() || chosen === undefined}>
          {words.send}
        </button>
      </form>
    </Card>
  );
}

/** What was typed stays when another action is chosen: most have a DomainName. */
function typedFor(values: Map<string, Signal<string>>, name: string): Signal<string> {
  const value = values.get(name) ?? signal('');
  values.set(name, value);
  return value;
}

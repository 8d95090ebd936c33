import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Ago, announce, FormDialog, may, Pill, pathOf, post, TextField, useAction } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { Alarm, Severity } from './read-alarms.ts';
import { alarmWords } from './words.ts';

const TONES = { page: 'bad', ticket: 'warn', info: 'quiet' } as const;

export function SeverityPill({ severity }: { readonly severity: Severity }): VNode {
  return <Pill verdict={{ words: alarmWords().severities[severity], tone: TONES[severity] }} />;
}

/** An alarm that is open: what is so, since when, who looks after it, and what can be done. */
export function AlarmCard(props: {
  readonly alarm: Alarm;
  readonly onChanged: () => void;
  readonly onSilence: () => void;
}): VNode {
  const words = alarmWords();
  const isAcknowledging = useSignal(false);
  const { alarm } = props;
  const { severity, title, sentence, stream, subject, raisedAt, node, acknowledged, silencedUntil } = alarm;
  return (
    <section class={`card alarm alarm-${severity}`}>
      <header>
        <h2>{title}</h2>
        <SeverityPill severity={severity} />
      </header>
      <p>{sentence}</p>
      <p class="hint">
        {stream ? (
          <a
            class="alarm-subject"
            href={hrefOf('streams/:domain/:app/:stream', stream.domain, stream.app, stream.name)}
          >
            {subject}
          </a>
        ) : (
          <span class="alarm-subject">{subject}</span>
        )}{' '}
        · {words.since} <Ago at={raisedAt} /> · {words.on(node)}
        {silencedUntil !== undefined && (
          <>
            {' '}
            · {words.silencedUntil} <Ago at={silencedUntil} />
          </>
        )}
      </p>
      {acknowledged && (
        <p class="alarm-owner">
          {words.acknowledgedBy(acknowledged.by)}, <Ago at={acknowledged.at} />
          {acknowledged.note !== '' && `: ${acknowledged.note}`}
        </p>
      )}
      <div class="alarm-actions">
        <a href={hrefOf('alarms/runbooks/:code', alarm.code)}>{words.runbook}</a>
        {may('alarms:write') && (
          <>
            {!acknowledged && (
              <button type="button" onClick={() => (isAcknowledging.value = true)}>
                {words.acknowledge}
              </button>
            )}
            <button type="button" class="outline secondary" onClick={props.onSilence}>
              {words.silence}
            </button>
          </>
        )}
      </div>
      {isAcknowledging.value && (
        <AcknowledgeDialog
          alarm={alarm}
          onDone={props.onChanged}
          onClose={() => {
            isAcknowledging.value = false;
          }}
        />
      )}
    </section>
  );
}

function AcknowledgeDialog(props: {
  readonly alarm: Alarm;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = alarmWords();
  const note = useSignal('');
  const action = useAction(
    () => post(`/alarms${pathOf(props.alarm.id)}/acknowledge`, { note: note.value }),
    () => {
      announce(words.done);
      props.onDone();
      props.onClose();
    },
  );
  return (
    <FormDialog
      title={words.acknowledgeTitle(props.alarm.title)}
      submit={words.acknowledge}
      action={action}
      onClose={props.onClose}
    >
      <TextField label={words.note} hint={words.noteHint} value={note} name="note" problem={action.problem.value} />
    </FormDialog>
  );
}

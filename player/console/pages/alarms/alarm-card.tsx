import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Ago, announce, FormDialog, may, Pill, pathOf, post, TextField, useAction } from '../../kit/index.ts';
import { alarmTitle } from '../../server-words/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { Alarm, Severity } from './read-alarms.ts';
import { alarmWords } from './words.ts';

const TONES = { page: 'bad', ticket: 'warn', info: 'quiet' } as const;

export function SeverityPill({ severity }: { readonly severity: Severity }): VNode {
  return <Pill verdict={{ words: alarmWords().severities[severity], tone: TONES[severity] }} />;
}

/** Where an alarm stands among the others. */
export function alarmHref({ id }: Alarm): string {
  return `${hrefOf('alarms')}#${anchorOf(id)}`;
}

const anchorOf = (id: string) => `alarm-${id}`;

/** An alarm that is open: what is so, since when, who looks after it, and what can be done. */
export function AlarmCard(props: {
  readonly alarm: Alarm;
  readonly onChanged: () => void;
  readonly onSilence: () => void;
}): VNode {
  const words = alarmWords();
  const isAcknowledging = useSignal(false);
  const { alarm } = props;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // It comes later than the page that was asked for it.
    if (location.hash !== `#${anchorOf(alarm.id)}`) return;
    section.current?.scrollIntoView({ block: 'center' });
    section.current?.focus();
  }, [alarm.id]);
  const title = alarmTitle(alarm.code, alarm.title);
  const { severity, sentence, stream, subject, raisedAt, node, acknowledged, silencedUntil } = alarm;
  return (
    <section ref={section} id={anchorOf(alarm.id)} tabIndex={-1} class={`card alarm alarm-${severity}`}>
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
      title={words.acknowledgeTitle(alarmTitle(props.alarm.code, props.alarm.title))}
      submit={words.acknowledge}
      action={action}
      onClose={props.onClose}
    >
      <TextField label={words.note} hint={words.noteHint} value={note} name="note" problem={action.problem.value} />
    </FormDialog>
  );
}

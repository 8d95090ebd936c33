import type { VNode } from 'preact';
import { InfoIcon, WarningIcon } from '../../../icons/index.ts';
import { Ago } from '../../kit/index.ts';
import { alarmTitle } from '../../server-words/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { alarmHref, SeverityPill } from '../alarms/alarm-card.tsx';
import { type Alarm, bySeverity } from '../alarms/read-alarms.ts';
import { alarmWords } from '../alarms/words.ts';
import { overviewWords } from './words.ts';

const SHOWN = 5;
const TONES = { page: 'bad', ticket: 'warn', info: 'quiet' } as const;

/** Alarms that are open, the most severe first, each with where it is told of and what to do. */
export function OpenAlarms({ alarms }: { readonly alarms: readonly Alarm[] }): VNode {
  const more = alarms.length - SHOWN;
  return (
    <>
      {bySeverity(alarms)
        .slice(0, SHOWN)
        .map((alarm) => (
          <OpenAlarm key={alarm.id} alarm={alarm} />
        ))}
      {more > 0 && (
        <p>
          <a href={hrefOf('alarms')}>{overviewWords().moreAlarms(more)}</a>
        </p>
      )}
    </>
  );
}

function OpenAlarm({ alarm }: { readonly alarm: Alarm }): VNode {
  const words = alarmWords();
  const { code, severity, title, sentence, raisedAt, acknowledged } = alarm;
  return (
    <ul class={`findings tone-${TONES[severity]}`}>
      <li>
        {severity === 'info' ? <InfoIcon /> : <WarningIcon />}
        <div>
          <p>
            <a href={alarmHref(alarm)}>{alarmTitle(code, title)}</a> <SeverityPill severity={severity} />
          </p>
          <p class="remedy">{sentence}</p>
          <p class="remedy">
            {words.since} <Ago at={raisedAt} />
            {acknowledged && ` · ${words.acknowledgedBy(acknowledged.by)}`} ·{' '}
            <a href={hrefOf('alarms/runbooks/:code', code)}>{words.runbook}</a>
          </p>
        </div>
      </li>
    </ul>
  );
}

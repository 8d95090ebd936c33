import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  Ago,
  Busy,
  type Column,
  Empty,
  may,
  PagedTable,
  PageHead,
  ProblemNote,
  usePagedList,
  usePoll,
} from '../../kit/index.ts';
import { alarmTitle } from '../../server-words/index.ts';
import { AlarmCard, SeverityPill } from './alarm-card.tsx';
import './alarms.css';
import { Channels } from './channels.tsx';
import { type Alarm, readAlarms, readOpenAlarms } from './read-alarms.ts';
import { SilenceDialog } from './silence-dialog.tsx';
import { Silences } from './silences.tsx';
import { alarmWords } from './words.ts';

const EVERY_MS = 5000;

/** What is open, who is told, what nobody wants to hear of, and what was. */
export function Page(): VNode {
  const words = alarmWords();
  const open = usePoll({ path: '/alarms?state=open&limit=200', everyMs: EVERY_MS, read: readOpenAlarms });
  const silenced = useSignal<Alarm | 'new' | undefined>(undefined);
  const silencesChanged = useSignal(0);
  const { value: alarms, problem } = open.state.value;
  const changed = () => void open.askNow();
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('alarms:write') && (
          <button type="button" class="outline" onClick={() => (silenced.value = 'new')}>
            {words.newSilence}
          </button>
        )}
      </PageHead>
      <ProblemNote problem={problem} />
      {!alarms && !problem && <Busy />}
      {alarms?.length === 0 && (
        <Empty title={words.none}>
          <p>{words.noneHint}</p>
        </Empty>
      )}
      <div class="stack">
        {alarms?.map((alarm) => (
          <AlarmCard key={alarm.id} alarm={alarm} onChanged={changed} onSilence={() => (silenced.value = alarm)} />
        ))}
      </div>
      <div class="alarm-sides">
        <Channels />
        <Silences key={silencesChanged.value} onChanged={changed} />
      </div>
      <History />
      {silenced.value && (
        <SilenceDialog
          alarm={silenced.value === 'new' ? undefined : silenced.value}
          onDone={() => {
            silenced.value = undefined;
            silencesChanged.value++;
            changed();
          }}
          onClose={() => (silenced.value = undefined)}
        />
      )}
    </>
  );
}

function History(): VNode {
  const words = alarmWords();
  const ended = usePagedList({ path: '/alarms?state=cleared&limit=50', read: readAlarms });
  const columns: Column<Alarm>[] = [
    { head: words.columns.severity, cell: ({ severity }) => <SeverityPill severity={severity} /> },
    { head: words.columns.what, cell: ({ code, title }) => alarmTitle(code, title) },
    { head: words.columns.about, cell: ({ subject }) => <span class="alarm-subject">{subject}</span> },
    { head: words.columns.raised, cell: ({ raisedAt }) => <Ago at={raisedAt} /> },
    { head: words.columns.lasted, isNumber: true, cell: lasted },
  ];
  return (
    <section class="alarm-history">
      <h2>{words.history}</h2>
      <PagedTable
        list={ended}
        caption={words.history}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title={words.noHistory} />}
      />
    </section>
  );
}

function lasted({ raisedAt, clearedAt = raisedAt }: Alarm): string {
  const seconds = Math.max(0, Math.round((Date.parse(clearedAt) - Date.parse(raisedAt)) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

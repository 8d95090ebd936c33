import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CallbackIcon } from '../../../icons/index.ts';
import {
  Ago,
  type Column,
  Empty,
  PagedTable,
  PageHead,
  Pill,
  queryOf,
  SelectField,
  usePagedList,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import './callbacks.css';
import { DeliveryDialog } from './delivery-dialog.tsx';
import { type Delivery, type DeliveryState, readDeliveries } from './read-deliveries.ts';
import { RedeliverButton } from './redeliver-button.tsx';
import { TestCalls } from './test-calls.tsx';
import { callbacksWords } from './words.ts';

const LIMIT = 50;
const TONES = { pending: 'warn', delivered: 'good', dead: 'bad' } as const;

/** What endpoints were told, and what they were not. */
export function Page(): VNode {
  const words = callbacksWords();
  const state = useSignal<DeliveryState | 'all'>('all');
  const opened = useSignal<Delivery | undefined>(undefined);
  const path = `/deliveries${queryOf({ limit: LIMIT, state: state.value === 'all' ? undefined : state.value })}`;
  const deliveries = usePagedList({ path, read: readDeliveries });
  const reload = () => void deliveries.reload();
  const choices = [
    { value: 'all' as const, words: words.all },
    ...(['pending', 'delivered', 'dead'] as const).map((value) => ({ value, words: words.states[value] })),
  ];
  const empty = (
    <Empty title={words.none} icon={<CallbackIcon />}>
      <p>{words.noneHint}</p>
    </Empty>
  );
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <div class="callback-tools">
        <SelectField label={words.state} value={state} choices={choices} />
        <TestCalls seen={deliveries.state.value.rows ?? []} />
      </div>
      <PagedTable
        list={deliveries}
        caption={words.title}
        keyOf={({ id }) => String(id)}
        empty={empty}
        columns={columnsOf((delivery) => {
          opened.value = delivery;
        }, reload)}
      />
      {opened.value && (
        <DeliveryDialog
          delivery={opened.value}
          onSentAgain={reload}
          onClose={() => {
            opened.value = undefined;
          }}
        />
      )}
    </>
  );
}

function columnsOf(onLook: (delivery: Delivery) => void, onSentAgain: () => void): readonly Column<Delivery>[] {
  const words = callbacksWords();
  return [
    {
      head: words.state,
      cell: ({ state }) => <Pill verdict={{ words: words.states[state], tone: TONES[state] }} />,
    },
    { head: words.kind, cell: ({ kind }) => kind },
    { head: words.subject, cell: subjectCell },
    { head: words.endpoint, cell: ({ endpoint }) => endpoint },
    { head: words.when, cell: ({ at }) => <Ago at={at} /> },
    { head: words.attempts, cell: ({ attempts }) => attempts, isNumber: true },
    { head: words.last, cell: ({ lastStatus, lastError }) => lastError ?? lastStatus ?? '–' },
    {
      head: words.actions,
      isActions: true,
      cell: (delivery) => (
        <>
          <button
            type="button"
            class="plain"
            aria-label={`${words.look}: ${words.delivery(delivery.id)}`}
            onClick={() => onLook(delivery)}
          >
            {words.look}
          </button>
          {delivery.state !== 'delivered' && <RedeliverButton delivery={delivery} onDone={onSentAgain} />}
        </>
      ),
    },
  ];
}

/** The stream, asset or job that it is about. */
function subjectCell({ domain, app, stream, asset, job }: Delivery): VNode {
  const words = callbacksWords();
  if (asset !== undefined) return <a href={hrefOf('library/:id', asset)}>{words.asset(asset.slice(0, 8))}</a>;
  if (job !== undefined) return <a href={hrefOf('jobs/:id', job)}>{words.job(job.slice(0, 8))}</a>;
  return (
    <a href={hrefOf('streams/:domain/:app/:stream', domain, app, stream)}>
      {app}/{stream}
    </a>
  );
}

import type { VNode } from 'preact';
import { Busy, DataTable, Dialog, Moment, Preformatted, ProblemNote, usePoll } from '../../kit/index.ts';
import { type Delivery, readWholeDelivery, type WholeDelivery } from './read-deliveries.ts';
import { RedeliverButton } from './redeliver-button.tsx';
import { callbacksWords } from './words.ts';

const EVERY_MS = 3000;

/** A callback with its tries, and what is sent. */
export function DeliveryDialog(props: {
  readonly delivery: Delivery;
  readonly onSentAgain: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = callbacksWords();
  const { id } = props.delivery;
  const poll = usePoll({ path: `/deliveries/${id}`, everyMs: EVERY_MS, read: readWholeDelivery });
  const { value, problem } = poll.state.value;
  const onDone = () => {
    void poll.askNow();
    props.onSentAgain();
  };
  return (
    <Dialog
      title={words.delivery(id)}
      isWide
      onClose={props.onClose}
      footer={<RedeliverButton delivery={props.delivery} onDone={onDone} />}
    >
      <ProblemNote problem={problem} />
      {!value && !problem && <Busy />}
      {value && <Whole delivery={value} />}
    </Dialog>
  );
}

function Whole({ delivery }: { readonly delivery: WholeDelivery }): VNode {
  const words = callbacksWords();
  const { tries, request, data, nextAttemptAt } = delivery;
  return (
    <div class="delivery">
      <h3>{words.tries}</h3>
      {tries.length === 0 && <p class="hint">{words.noTries}</p>}
      {tries.length > 0 && (
        <DataTable
          caption={words.tries}
          rows={tries}
          keyOf={({ at }) => at}
          columns={[
            { head: words.triedAt, cell: ({ at }) => <Moment at={at} /> },
            { head: words.took, cell: ({ durationMs }) => `${durationMs} ms`, isNumber: true },
            { head: words.answer, cell: ({ status, error }) => error ?? status ?? '–' },
          ]}
        />
      )}
      {nextAttemptAt !== undefined && (
        <p class="hint">
          {words.nextAt}: <Moment at={nextAttemptAt} />
        </p>
      )}
      {request && (
        <>
          <h3>{words.request}</h3>
          <p class="hint">{words.requestHint}</p>
          <Preformatted
            label={words.request}
            text={[`${request.method} ${request.url}`, ...request.headers.map((pair) => pair.join(': '))].join('\n')}
          />
          {request.body !== undefined && <Preformatted label={words.body} text={formatted(request.body)} />}
        </>
      )}
      <h3>{words.data}</h3>
      <Preformatted label={words.data} text={JSON.stringify(data, undefined, 2)} />
    </div>
  );
}

function formatted(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

import type { VNode } from 'preact';
import { announce, may, ProblemNote, post, useAction } from '../../kit/index.ts';
import type { Delivery } from './read-deliveries.ts';
import { callbacksWords } from './words.ts';

/** Sends a callback once more; why it could not is said beside it. */
export function RedeliverButton(props: {
  readonly delivery: Pick<Delivery, 'id'>;
  readonly onDone: () => void;
}): VNode | null {
  const words = callbacksWords();
  const { id } = props.delivery;
  const again = useAction(
    () => post(`/deliveries/${id}/redeliver`),
    () => {
      announce(words.sentAgain);
      props.onDone();
    },
  );
  if (!may('callbacks:redeliver')) return null;
  return (
    <>
      <button
        type="button"
        class="plain"
        aria-label={`${words.again}: ${words.delivery(id)}`}
        aria-busy={again.isBusy.value}
        disabled={again.isBusy.value}
        onClick={() => void again.run()}
      >
        {words.again}
      </button>
      <ProblemNote problem={again.problem.value} />
    </>
  );
}

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type ApiProblem, post } from '../../kit/index.ts';
import { readVerdict, type Verdict } from './read-workflows.ts';

const SETTLE_MS = 400;

type Said = { readonly verdict?: Verdict; readonly problem?: ApiProblem };

/** What the server says of a text while it is written. */
export function useVerdict(source: ReadonlySignal<string>): Said {
  const said = useSignal<Said>({});
  const text = source.value;
  useEffect(() => {
    let isOld = false;
    const timer = window.setTimeout(async () => {
      const answer = await post('/workflows/check', { source: text });
      if (isOld) return;
      said.value = 'problem' in answer ? { problem: answer.problem } : { verdict: readVerdict(answer.value) };
    }, SETTLE_MS);
    return () => {
      isOld = true;
      window.clearTimeout(timer);
    };
  }, [text, said]);
  return said.value;
}

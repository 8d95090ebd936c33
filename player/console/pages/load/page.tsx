import type { VNode } from 'preact';
import { Busy, PageHead, Pill, ProblemNote, usePoll } from '../../kit/index.ts';
import { DrainCard } from './drain-card.tsx';
import { LevelCard } from './level-card.tsx';
import { MeasuresCard } from './measures-card.tsx';
import { readDrain } from './read-drain.ts';
import { readLoad } from './read-load.ts';
import { loadWords } from './words.ts';
import './load.css';

/** How much this node has to do, what it does without, and how it goes out of service. */
export function Page(): VNode {
  const words = loadWords();
  const load = usePoll({ path: '/load', everyMs: 2000, read: readLoad }).state.value;
  const drain = usePoll({ path: '/drain', everyMs: 1000, read: readDrain });
  const { value: draining, problem } = drain.state.value;
  const isBusy = load.value !== undefined && load.value.level !== 'normal';
  const verdict = isBusy
    ? { words: words.busy, tone: 'warn' as const }
    : { words: words.atRest, tone: 'good' as const };
  return (
    <>
      <PageHead title={words.title} hint={words.hint} beside={load.value && <Pill verdict={verdict} />} />
      <ProblemNote problem={load.problem ?? problem} />
      {!load.value && !load.problem && <Busy />}
      <div class="load-columns">
        {load.value && <MeasuresCard measures={load.value.measures} />}
        <div class="stack">
          {load.value && <LevelCard load={load.value} />}
          {draining && <DrainCard drain={draining} onDone={() => void drain.askNow()} />}
        </div>
      </div>
    </>
  );
}

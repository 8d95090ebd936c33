import type { VNode } from 'preact';
import { Card, Pill } from '../../kit/index.ts';
import { LEVELS, type Load } from './read-load.ts';
import { loadWords } from './words.ts';

/** All that a node may do without, in order, and how far it is. */
export function LevelCard({ load }: { readonly load: Load }): VNode {
  const words = loadWords();
  const reached = LEVELS.indexOf(load.level);
  return (
    <Card title={words.level}>
      <p class="hint">{words.levelHint}</p>
      {reached === 0 && <p>{words.nothing}</p>}
      <ol class="load-levels">
        {LEVELS.slice(1).map((level, index) => (
          <li key={level} class={index < reached ? 'is-without' : ''}>
            {words.levels[level]}
            {index < reached && <Pill verdict={{ words: words.now, tone: index < 4 ? 'warn' : 'bad' }} />}
          </li>
        ))}
      </ol>
    </Card>
  );
}

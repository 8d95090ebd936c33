import type { VNode } from 'preact';
import { Findings } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { tooMuch } from './measure-words.ts';
import { LEVELS, type Load } from './read-load.ts';
import { loadWords } from './words.ts';

/** That a node does without something, wherever an operator looks first; nothing when it is at rest. */
export function LoadNote({ load }: { readonly load: Load | undefined }): VNode | null {
  const words = loadWords();
  if (!load || load.level === 'normal') return null;
  const without = LEVELS.slice(1, LEVELS.indexOf(load.level) + 1);
  const why = tooMuch(load);
  const finding = {
    code: 'LOAD_LEVEL',
    sentence: words.onOverview(without.map((level) => words.levels[level]).join('; ')),
    ...(why !== '' && { remedy: why }),
  };
  return (
    <>
      <Findings findings={[finding]} tone="warn" />
      <p>
        <a href={hrefOf('load')}>{words.toLoad}</a>
      </p>
    </>
  );
}

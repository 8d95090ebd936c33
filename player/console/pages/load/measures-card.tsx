import type { VNode } from 'preact';
import { Sparkline } from '../../../graphs/index.ts';
import { Card } from '../../kit/index.ts';
import { isFree, measured, resourceName } from './measure-words.ts';
import type { LoadMeasure } from './read-load.ts';
import { loadWords } from './words.ts';

/** As many points as five minutes have. */
const SLOTS = 60;

/** Each measure with where the first level begins, and how it went. */
export function MeasuresCard({ measures }: { readonly measures: readonly LoadMeasure[] }): VNode {
  const words = loadWords();
  return (
    <Card title={words.measures} actions={<span class="hint">{words.lastMinutes}</span>}>
      {measures.length === 0 && <p>{words.noMeasures}</p>}
      <ul class="load-measures">
        {measures.map((measure) => (
          <MeasureLine key={measure.resource} measure={measure} />
        ))}
      </ul>
    </Card>
  );
}

function MeasureLine({ measure }: { readonly measure: LoadMeasure }): VNode {
  const words = loadWords();
  const { resource, value, unit, from, level, recent } = measure;
  const name = resourceName(resource);
  const threshold = measured(from, unit);
  return (
    <li class={level === 'normal' ? '' : 'is-over'}>
      <span>
        {name} <strong>{measured(value, unit)}</strong>
        <small>{isFree(measure) ? words.below(threshold) : words.from(threshold)}</small>
      </span>
      <Sparkline values={recent} slots={SLOTS} least={from} mark={from} words={words.graph(name)} />
    </li>
  );
}

import type { VNode } from 'preact';
import { graphTop, sparklinePaths } from './sparkline-path.ts';

const WIDTH = 240;
const HEIGHT = 44;

/** A small graph of the last `slots` values, with a line at `mark`; `words` is read out in its place. */
export function Sparkline(props: {
  readonly values: readonly (number | undefined)[];
  readonly slots: number;
  readonly least: number;
  readonly mark?: number;
  readonly words: string;
}): VNode {
  const max = graphTop(props.values, props.least);
  const { line, area } = sparklinePaths(props.values, { width: WIDTH, height: HEIGHT, slots: props.slots, max });
  const markY = props.mark === undefined ? undefined : HEIGHT * (1 - props.mark / max);
  return (
    <svg class="sparkline" viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" role="img">
      <title>{props.words}</title>
      <path class="sparkline-area" d={area} />
      <path class="sparkline-line" d={line} vector-effect="non-scaling-stroke" />
      {markY !== undefined && (
        <path class="sparkline-mark" d={`M0 ${markY}H${WIDTH}`} vector-effect="non-scaling-stroke" />
      )}
    </svg>
  );
}

import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatBitrate, formatBytes } from '../../../wording/index.ts';
import { Card, type GraphLine, TimeGraph } from '../../kit/index.ts';
import { GRAIN_MS, seriesOf, spansOf, type UsageAnswer, type UsagePoint } from './read-usage.ts';
import { spanWords } from './span-words.ts';
import { usageWords } from './words.ts';

/** So many colours are told apart. */
const LINES = 4;

/** Bandwidth, viewers and traffic of the names that sent the most. */
export function UsageGraphs(props: {
  readonly answer: UsageAnswer;
  /** The heaviest first. */
  readonly totals: readonly UsagePoint[];
}): VNode {
  const words = usageWords();
  const { answer, totals } = props;
  const spans = useMemo(() => spansOf(answer), [answer]);
  const timesS = useMemo(() => spans.map((at) => at / 1000), [spans]);
  const secondsOf = (atMs: number) => Math.max(60, Math.min(GRAIN_MS[answer.grain], answer.toMs - atMs) / 1000);
  const linesOf = (value: (point: UsagePoint) => number): GraphLine[] =>
    totals.slice(0, LINES).map(({ name }, index) => ({
      name: name || words.all,
      color: (index + 1) as GraphLine['color'],
      values: seriesOf(answer.points, name, spans, value),
    }));
  const shared = { timesS, times: (atMs: number) => spanWords(atMs, answer.grain) };
  return (
    <div class="usage-graphs">
      <Card title={words.graphs.bandwidth}>
        <TimeGraph
          {...shared}
          words={words.graphWords.bandwidth}
          lines={linesOf(({ egressBytes, atMs }) => (egressBytes * 8) / 1000 / secondsOf(atMs))}
          format={formatBitrate}
          least={100}
        />
      </Card>
      <Card title={words.graphs.viewers}>
        <TimeGraph
          {...shared}
          words={words.graphWords.viewers}
          lines={linesOf(({ peakViewers }) => peakViewers)}
          format={(value) => String(Math.round(value))}
          least={4}
        />
      </Card>
      <Card title={words.graphs.traffic} class="usage-traffic">
        <TimeGraph
          {...shared}
          words={words.graphWords.traffic}
          lines={linesOf(({ egressBytes }) => egressBytes)}
          format={formatBytes}
          least={1000}
        />
      </Card>
    </div>
  );
}

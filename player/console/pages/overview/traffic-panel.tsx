import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatBitrate } from '../../../wording/index.ts';
import { readTraffic } from '../../answers/read-answers.ts';
import { viewerCount } from '../../answers/stream-words.ts';
import { Busy, Card, Figure, ProblemNote, TimeGraph, usePoll } from '../../kit/index.ts';
import { TrafficHistory, type TrafficPoint } from './traffic-history.ts';
import { overviewWords } from './words.ts';

const EVERY_MS = 2000;
const KEPT = 150;
/** It goes on where somebody left the page for another. */
const history = new TrafficHistory(KEPT);
const read = (answer: unknown) => {
  const traffic = readTraffic(answer);
  return { traffic, points: history.add(traffic) };
};

/** Streams, viewers and bitrates of now as numbers, and of the last minutes as graphs. */
export function TrafficPanel(): VNode {
  const words = overviewWords();
  const { value, problem } = usePoll({ path: '/traffic', everyMs: EVERY_MS, read }).state.value;
  if (!value) return problem ? <ProblemNote problem={problem} /> : <Busy />;
  const { viewers, streams } = value.traffic;
  const last = value.points.at(-1);
  return (
    <>
      <div class="figures">
        <Figure name={words.liveNow} value={String(streams)} />
        <Figure
          name={words.viewersNow}
          value={viewerCount(viewers).toLocaleString('en')}
          note={words.byDoor(viewers.hls, viewers.flv + viewers.wsFlv, viewers.rtmp)}
        />
        <Figure name={words.ingest} value={formatBitrate(last?.ingestKbps ?? undefined)} />
        <Figure name={words.egress} value={formatBitrate(last?.egressKbps ?? undefined)} />
      </div>
      <Graphs points={value.points} />
    </>
  );
}

function Graphs({ points }: { readonly points: readonly TrafficPoint[] }): VNode {
  const words = overviewWords();
  const timesS = useMemo(() => points.map(({ atS }) => atS), [points]);
  const hint = <span class="hint">{words.lastMinutes}</span>;
  return (
    <div class="graphs">
      <Card title={words.viewersNow} actions={hint}>
        <TimeGraph
          words={words.viewersGraph}
          timesS={timesS}
          lines={[{ name: words.viewersNow, color: 1, values: points.map(({ viewers }) => viewers) }]}
          format={(value) => String(Math.round(value))}
          least={4}
        />
      </Card>
      <Card title={`${words.ingest} / ${words.egress}`} actions={hint}>
        <TimeGraph
          words={words.bitrateGraph}
          timesS={timesS}
          lines={[
            { name: words.ingest, color: 2, values: points.map(({ ingestKbps }) => ingestKbps) },
            { name: words.egress, color: 1, values: points.map(({ egressKbps }) => egressKbps) },
          ]}
          format={formatBitrate}
          least={1000}
        />
      </Card>
    </div>
  );
}

import type { VNode } from 'preact';
import { formatBitrate } from '../../../wording/index.ts';
import { Card, TimeGraph } from '../../kit/index.ts';
import type { StreamPoint } from './stream-history.ts';
import { pageWords } from './words.ts';

/** Bitrate and key-frame interval over the last minutes. */
export function StreamGraphs({ points }: { readonly points: readonly StreamPoint[] }): VNode {
  const words = pageWords();
  const timesS = points.map(({ atS }) => atS);
  return (
    <div class="graphs">
      <Card title={words.bitrate}>
        <TimeGraph
          words={words.bitrateGraph}
          timesS={timesS}
          lines={[{ name: words.bitrate, color: 1, values: points.map(({ kbps }) => kbps) }]}
          format={formatBitrate}
          least={500}
        />
      </Card>
      <Card title={words.gop}>
        <TimeGraph
          words={words.gopGraph}
          timesS={timesS}
          lines={[{ name: words.gop, color: 3, values: points.map(({ gopS }) => gopS) }]}
          format={(value) => `${value.toFixed(1)} s`}
          least={4}
        />
      </Card>
    </div>
  );
}

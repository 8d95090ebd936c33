import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatBitrate, formatDuration } from '../../../wording/index.ts';
import { Card, TimeGraph } from '../../kit/index.ts';
import { DOORS, type ReportPoint } from './read-report.ts';
import { reportWords } from './words.ts';

const COLORS = { hls: 1, flv: 2, wsFlv: 3, rtmp: 4 } as const;

/** Viewers by door and the bitrate to them, over the show. */
export function CurveCards(props: {
  readonly points: readonly ReportPoint[];
  readonly stepSeconds: number;
}): VNode | null {
  const words = reportWords();
  const { points, stepSeconds } = props;
  const timesS = useMemo(() => points.map(({ atS }) => atS), [points]);
  if (points.length === 0) return null;
  const used = DOORS.filter((door) => points.some(({ viewers }) => viewers[door] > 0));
  const lines = (used.length > 0 ? used : DOORS.slice(0, 1)).map((door) => {
    const values = points.map(({ viewers }) => viewers[door]);
    const [name, color, peak] = [words.doors[door], COLORS[door], Math.max(...values)];
    return { name, color, values, note: String(peak) };
  });
  const kbps = points.map(({ bytes }) => (bytes * 8) / stepSeconds / 1000);
  const bitrate = { name: words.bitrateTitle, color: 1, values: kbps, note: formatBitrate(Math.max(...kbps)) } as const;
  const hint = <span class="hint">{words.steps(formatDuration(stepSeconds))}</span>;
  return (
    <div class="report-graphs">
      <Card title={words.viewersTitle} actions={hint}>
        <TimeGraph
          words={words.viewersGraph}
          timesS={timesS}
          lines={lines}
          format={(value) => String(Math.round(value))}
          least={4}
        />
      </Card>
      <Card title={words.bitrateTitle}>
        <TimeGraph words={words.bitrateGraph} timesS={timesS} lines={[bitrate]} format={formatBitrate} least={1000} />
      </Card>
    </div>
  );
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { isDark } from './theme.ts';
import { clockWords } from './times.ts';
import { kitWords } from './words.ts';

const HEIGHT_PX = 180;

/** One line of a graph; unknown values (null) leave gaps. */
export type GraphLine = {
  readonly name: string;
  /** Which of the four graph colours it has. */
  readonly color: 1 | 2 | 3 | 4;
  readonly values: readonly (number | null)[];
  /** Stands beside the name in place of the last value. */
  readonly note?: string;
};

export type TimeGraphProps = {
  /** Read out in place of the picture. */
  readonly words: string;
  /** Seconds since 1970, ascending; each line has as many values. */
  readonly timesS: readonly number[];
  readonly lines: readonly GraphLine[];
  readonly format: (value: number) => string;
  /** How a moment is written under the graph; left out, as a time to the second. */
  readonly times?: (atMs: number) => string;
  /** The top of the graph is never under it. */
  readonly least: number;
};

/** A graph over time that is drawn again as values come. The library behind it is fetched at the first need. */
export function TimeGraph(props: TimeGraphProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  const isFailed = useSignal(false);
  latest.current = props;
  const names = props.lines.map(({ name }) => name).join();
  useEffect(() => {
    const element = box.current;
    const abort = new AbortController();
    if (element) {
      void draw(element, latest, abort.signal).then(
        (drawn) => {
          plot.current = drawn;
        },
        () => {
          isFailed.value = true;
        },
      );
    }
    return () => {
      abort.abort();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [isDark.value, names, isFailed]);
  useEffect(() => plot.current?.setData(dataOf(props)), [props]);
  return (
    <figure class="graph">
      <div ref={box} class="graph-box" role="img" aria-label={props.words} />
      {isFailed.value && <p class="hint">{kitWords().noGraph}</p>}
      <figcaption>
        {props.lines.map(({ name, color, values, note }) => (
          <span key={name} class={`legend legend-${color}`}>
            {name} <strong>{note ?? lastOf(values, props.format)}</strong>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

async function draw(
  box: HTMLElement,
  latest: { readonly current: TimeGraphProps },
  signal: AbortSignal,
): Promise<uPlot | undefined> {
  const [{ default: Plot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
  if (signal.aborted) return undefined;
  const plot = new Plot(optionsOf(box, latest), dataOf(latest.current), box);
  const observer = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
  observer.observe(box);
  signal.addEventListener('abort', () => observer.disconnect());
  return plot;
}

function optionsOf(box: HTMLElement, latest: { readonly current: TimeGraphProps }): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const { lines } = latest.current;
  const axis = { stroke: color('--tone-quiet'), font: '12px system-ui, sans-serif', ticks: { show: false } };
  const grid = { stroke: color('--line'), width: 1 };
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(latest.current.least, high * 1.15)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 34,
        gap: 8,
        space: 90,
        values: (_plot, values) => values.map((value) => (latest.current.times ?? clockWords)(value * 1000)),
      },
      {
        ...axis,
        grid,
        size: 78,
        space: 36,
        values: (_plot, values) => values.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, color: nth }) => ({
        label: name,
        stroke: color(`--graph-${nth}`),
        width: 2,
        fill: `${color(`--graph-${nth}`)}1f`,
        points: { show: false },
      })),
    ],
  };
}

function dataOf({ timesS, lines }: TimeGraphProps): uPlot.AlignedData {
  return [[...timesS], ...lines.map(({ values }) => [...values])];
}

function lastOf(values: readonly (number | null)[], format: (value: number) => string): string {
  const last = values.at(-1);
  return typeof last === 'number' ? format(last) : '–';
}

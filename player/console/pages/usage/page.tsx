import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { DownloadIcon } from '../../../icons/index.ts';
import { formatBitrate, formatBytes, formatDuration } from '../../../wording/index.ts';
import { Busy, Empty, Figure, PageHead, ProblemNote, usePoll } from '../../kit/index.ts';
import { type Choice, pathOf, UsageFilters } from './filters.tsx';
import { UsageGraphs } from './graphs.tsx';
import { readUsage, totalsByName, type UsageAnswer, type UsagePoint } from './read-usage.ts';
import { UsageTable } from './usage-table.tsx';
import { usageWords } from './words.ts';
import './usage.css';

const EVERY_MS = 60_000;

export function Page(): VNode {
  const words = usageWords();
  const choice: Signal<Choice> = useSignal({ range: 'day', grain: 'auto', by: 'door', names: {} });
  const path = useMemo(() => pathOf(choice.value), [choice.value]);
  const { value: answer, problem } = usePoll({ path: `/usage?${path}&limit=20000`, everyMs: EVERY_MS, read: readUsage })
    .state.value;
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        <a class="link-button bordered" href={`/api/v1/usage.csv?${path}`} download>
          <DownloadIcon /> {words.csv}
        </a>
      </PageHead>
      <UsageFilters choice={choice} />
      <ProblemNote problem={problem} />
      {!answer && !problem && <Busy />}
      {answer?.points.length === 0 && <Empty title={words.empty}>{words.emptyHint}</Empty>}
      {answer !== undefined && answer.points.length > 0 && (
        <UsageShown answer={answer} isSplit={choice.value.by !== 'none'} />
      )}
    </>
  );
}

function UsageShown({ answer, isSplit }: { readonly answer: UsageAnswer; readonly isSplit: boolean }): VNode {
  const totals = totalsByName(answer.points);
  return (
    <>
      {answer.isPart && <p class="hint">{usageWords().isPart}</p>}
      <Figures totals={totals} />
      <UsageGraphs answer={answer} totals={totals} />
      <UsageTable rows={isSplit ? totals : answer.points.toReversed()} isSplit={isSplit} grain={answer.grain} />
    </>
  );
}

/** Sums; of peaks the highest, as those of several names need not have been at once. */
function Figures({ totals }: { readonly totals: readonly UsagePoint[] }): VNode {
  const words = usageWords();
  const sum = (value: (point: UsagePoint) => number) => totals.reduce((all, point) => all + value(point), 0);
  const most = (value: (point: UsagePoint) => number) => Math.max(0, ...totals.map(value));
  return (
    <div class="figures usage-figures">
      <Figure name={words.figures.traffic} value={formatBytes(sum((point) => point.egressBytes))} />
      <Figure
        name={words.figures.bandwidth}
        value={formatBitrate((most((point) => point.peakEgressBytesPerMinute) * 8) / 60_000)}
        note={words.perMinute}
      />
      <Figure name={words.figures.viewers} value={most((point) => point.peakViewers).toLocaleString('en')} />
      <Figure
        name={words.figures.watched}
        value={formatDuration(sum((point) => point.viewerSeconds))}
        note={words.sessions(sum((point) => point.sessions).toLocaleString('en'))}
      />
    </div>
  );
}

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
  const wholePath = useMemo(() => pathOf({ ...choice.value, by: 'none' }), [choice.value]);
  const { value: whole } = usePoll({ path: `/usage?${wholePath}&limit=20000`, everyMs: EVERY_MS, read: readUsage })
    .state.value;
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
        <UsageShown answer={answer} whole={whole} isSplit={choice.value.by !== 'none'} />
      )}
    </>
  );
}

function UsageShown(props: {
  readonly answer: UsageAnswer;
  /** The same, not split. */
  readonly whole: UsageAnswer | undefined;
  readonly isSplit: boolean;
}): VNode {
  const { answer, whole, isSplit } = props;
  const totals = totalsByName(answer.points);
  const [all] = totalsByName(whole?.points ?? []);
  return (
    <>
      {answer.isPart && <p class="hint">{usageWords().isPart}</p>}
      {all && <Figures all={all} />}
      <UsageGraphs answer={answer} totals={totals} />
      <UsageTable rows={isSplit ? totals : answer.points.toReversed()} isSplit={isSplit} grain={answer.grain} />
    </>
  );
}

function Figures({ all }: { readonly all: UsagePoint }): VNode {
  const words = usageWords();
  return (
    <div class="figures usage-figures">
      <Figure name={words.figures.traffic} value={formatBytes(all.egressBytes)} />
      <Figure
        name={words.figures.bandwidth}
        value={formatBitrate((all.peakEgressBytesPerMinute * 8) / 60_000)}
        note={words.perMinute}
      />
      <Figure name={words.figures.viewers} value={all.peakViewers.toLocaleString('en')} />
      <Figure
        name={words.figures.watched}
        value={formatDuration(all.viewerSeconds)}
        note={words.sessions(all.sessions.toLocaleString('en'))}
      />
    </div>
  );
}

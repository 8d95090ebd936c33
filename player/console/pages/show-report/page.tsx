import type { VNode } from 'preact';
import { useRoute } from 'preact-iso';
import { formatBytes, formatDuration } from '../../../wording/index.ts';
import {
  Busy,
  clockWords,
  Figure,
  momentWords,
  PageHead,
  Pill,
  ProblemNote,
  pathOf,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { CurveCards } from './curve-cards.tsx';
import { type Report, readReport } from './read-report.ts';
import {
  DoorsCard,
  EndingsCard,
  FilesCard,
  HealthCard,
  LadderCard,
  PublisherCard,
  QualityCard,
} from './report-cards.tsx';
import { reportWords } from './words.ts';
import './show-report.css';

const EVERY_MS = 10_000;

/** What a show came to, on one page that can be printed. */
export function Page(): VNode {
  const { session = '' } = useRoute().params;
  const path = `/history${pathOf(session)}/report`;
  const { value: report, problem } = usePoll({ path, everyMs: EVERY_MS, read: readReport }).state.value;
  if (!report) {
    return (
      <>
        <PageHead title={reportWords().title('…')} />
        {problem ? <ProblemNote problem={problem} /> : <Busy />}
      </>
    );
  }
  return <Shown report={report} path={path} />;
}

function Shown({ report, path }: { readonly report: Report; readonly path: string }): VNode {
  const words = reportWords();
  const [domain, app, stream] = report.names;
  const times = [report.startedAt, report.endedAt].map((at) =>
    at === undefined ? words.now : momentWords(Date.parse(at)),
  );
  return (
    <div class="show-report">
      <PageHead
        title={words.title(`${app}/${stream}`)}
        trail={<a href={hrefOf('history')}>{words.trail}</a>}
        beside={report.isRunning && <Pill verdict={{ words: words.running, tone: 'good' }} />}
        hint={`${words.when(times[0] ?? '', times[1] ?? '')}${domain === 'default' ? '' : ` · ${domain}`}`}
      >
        <a class="link-button bordered" href={`/api/v1${path}`} target="_blank" rel="noreferrer">
          {words.json}
        </a>
        <button type="button" class="outline secondary" onClick={() => window.print()}>
          {words.print}
        </button>
      </PageHead>
      <div class="stack">
        {report.isPartial && <p class="hint">{words.partial}</p>}
        <Figures report={report} />
        <CurveCards points={report.points} stepSeconds={report.stepSeconds} />
        <div class="report-columns">
          <DoorsCard report={report} />
          <QualityCard report={report} />
          <PublisherCard report={report} />
          <EndingsCard report={report} />
          <HealthCard report={report} />
          <FilesCard report={report} />
          <LadderCard report={report} />
        </div>
      </div>
    </div>
  );
}

function Figures({ report }: { readonly report: Report }): VNode {
  const words = reportWords();
  const { viewers, quality, traffic, cost } = report;
  const { rebufferShare } = quality;
  const peakAt = viewers.peakAt === undefined ? '' : words.peakAt(clockWords(Date.parse(viewers.peakAt)));
  const count = (value: number) => value.toLocaleString('en');
  return (
    <div class="figures">
      <Figure name={words.duration} value={formatDuration(report.durationSeconds)} />
      <Figure name={words.peak} value={count(viewers.peak)} {...(viewers.peak > 0 && { note: peakAt })} />
      <Figure name={words.unique} value={count(viewers.unique)} note={words.plays(count(viewers.plays))} />
      <Figure
        name={words.watched}
        value={formatDuration(viewers.watchedSeconds)}
        note={words.average(formatDuration(viewers.averageSeconds))}
      />
      <Figure
        name={words.egress}
        value={formatBytes(traffic.egressBytes)}
        note={words.ingest(formatBytes(traffic.ingestBytes))}
      />
      <Figure
        name={words.rebuffer}
        value={rebufferShare === undefined ? '–' : `${(rebufferShare * 100).toFixed(2)} %`}
        note={rebufferShare === undefined ? words.noPlayers : words.stalls(quality.stalls)}
      />
      <Figure name={words.cost} value={cost ?? '–'} {...(cost === undefined && { note: words.noCost })} />
    </div>
  );
}

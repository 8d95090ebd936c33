import type { VNode } from 'preact';
import { type Column, DataTable, Pill, type Tone } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { ImportReport, Outcome, ReportLine } from './read-report.ts';
import { importWords } from './words.ts';

const TONES: Readonly<Record<Outcome, Tone>> = { good: 'good', created: 'good', known: 'quiet', bad: 'bad' };

/** What became of each line. */
export function Report({ report, first }: { readonly report: ImportReport; readonly first: string }): VNode {
  const words = importWords();
  const { outcome, title, why } = words.columns;
  const columns: readonly Column<ReportLine>[] = [
    { head: first, cell: ({ place }) => place },
    {
      head: outcome,
      cell: (line) => <Pill verdict={{ words: words.outcomes[line.outcome], tone: TONES[line.outcome] }} />,
    },
    {
      head: title,
      cell: ({ title: called, asset }) =>
        asset === undefined ? (called ?? '–') : <a href={hrefOf('library/:id', asset)}>{called ?? asset}</a>,
    },
    {
      head: why,
      cell: ({ code, message }) =>
        code === undefined ? (
          '–'
        ) : (
          <>
            <code>{code}</code> {message}
          </>
        ),
    },
  ];
  const { isDryRun, good, bad, lines } = report;
  return (
    <>
      <p role="status" class="import-outcome">
        {isDryRun ? words.wouldBe(good, bad) : words.was(good, bad)}
      </p>
      <DataTable
        caption={words.report}
        columns={columns}
        rows={lines}
        keyOf={({ place, outcome: what, code }) => `${place} ${what} ${code}`}
      />
    </>
  );
}

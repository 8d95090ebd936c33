import type { VNode } from 'preact';
import { InfoIcon, WarningIcon } from '../../icons/index.ts';
import type { Finding } from '../answers/answer-types.ts';
import { inOwnWords } from '../server-words/index.ts';
import { type ApiProblem, isAbsent } from './api.ts';
import { kitWords } from './words.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** A state or a verdict in words, with the colour they are said in. */
export type Verdict = { readonly words: string; readonly tone: Tone };

/** A verdict as a small label. */
export function Pill({ verdict }: { readonly verdict: Verdict }): VNode {
  return <span class={`pill tone-${verdict.tone}`}>{verdict.words}</span>;
}

/** Findings with what to do about each; nothing when there are none. */
export function Findings(props: {
  readonly findings: readonly Finding[];
  readonly tone: 'warn' | 'bad' | 'quiet';
}): VNode | null {
  if (props.findings.length === 0) return null;
  return (
    <ul class={`findings tone-${props.tone}`}>
      {props.findings.map(inOwnWords).map((finding) => (
        <li key={`${finding.code} ${finding.sentence}`}>
          {props.tone === 'quiet' ? <InfoIcon /> : <WarningIcon />}
          <div>
            <p>{finding.sentence}</p>
            {finding.remedy && <p class="remedy">{finding.remedy}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Why there is no (fresh) answer, and what to do: the server's own words where it has some. */
export function ProblemNote({ problem }: { readonly problem: ApiProblem | undefined }): VNode | null {
  if (!problem || problem.kind === 'signed-out') return null;
  if (isAbsent(problem)) return <NotAvailable />;
  return (
    <div role="alert">
      <Findings findings={findingsOf(problem)} tone="bad" />
    </div>
  );
}

/** Says of a list of all nodes which ones it lacks. */
export function SilentNodes({ names = [] }: { readonly names: readonly string[] | undefined }): VNode | null {
  const words = kitWords();
  const finding = {
    code: 'NODE_SILENT',
    sentence: words.silentNodes(names.join(', ')),
    remedy: words.silentNodesRemedy,
  };
  return names.length === 0 ? null : <Findings findings={[finding]} tone="warn" />;
}

/** The server has no such operation. */
export function NotAvailable(): VNode {
  const words = kitWords();
  const finding = { code: 'ABSENT', sentence: words.notAvailable, remedy: words.notAvailableRemedy };
  return <Findings findings={[finding]} tone="quiet" />;
}

function findingsOf(problem: Exclude<ApiProblem, { kind: 'signed-out' }>): Finding[] {
  const words = kitWords();
  if (problem.kind === 'unreachable') {
    return [{ code: 'UNREACHABLE', sentence: `${words.silent} ${words.mayBeOld}`, remedy: words.isItRunning }];
  }
  if (problem.status === 412) return [{ code: 'CHANGED', sentence: words.changed, remedy: words.changedRemedy }];
  const main: Finding = {
    code: problem.code ?? 'REFUSED',
    sentence: problem.reason,
    ...(problem.remedy !== undefined && { remedy: problem.remedy }),
  };
  const fields = Object.entries(problem.fields ?? {}).map(([name, sentence]) => ({
    code: name,
    sentence: name === '' ? sentence : `${name}: ${sentence}`,
  }));
  return [main, ...fields];
}

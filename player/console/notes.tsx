import type { VNode } from 'preact';
import { WarningIcon } from '../icons/index.ts';
import type { ApiProblem } from './api.ts';
import type { Finding } from './api-types.ts';
import type { Verdict } from './stream-words.ts';

/** A verdict as a small label. */
export function Pill({ verdict }: { readonly verdict: Verdict }): VNode {
  return <span class={`pill tone-${verdict.tone}`}>{verdict.words}</span>;
}

/** Findings with what to do about each; nothing when there are none. */
export function Findings(props: {
  readonly findings: readonly Finding[];
  readonly tone: 'warn' | 'bad';
}): VNode | null {
  if (props.findings.length === 0) return null;
  return (
    <ul class={`findings tone-${props.tone}`}>
      {props.findings.map((finding) => (
        <li key={finding.code}>
          <WarningIcon />
          <div>
            <p>{finding.sentence}</p>
            {finding.remedy && <p class="remedy">{finding.remedy}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Why a part of the page has no fresh answer. */
export function ProblemNote(props: { readonly problem: ApiProblem | undefined; readonly what: string }): VNode | null {
  const { problem } = props;
  if (!problem || problem.kind === 'signed-out') return null;
  const isSilent = problem.kind === 'unreachable';
  const finding: Finding = {
    code: problem.kind,
    sentence: isSilent ? `The server doesn’t answer. ${props.what} may be old.` : problem.reason,
    ...(isSilent
      ? { remedy: 'Is it running? This page asks again by itself.' }
      : problem.remedy && { remedy: problem.remedy }),
  };
  return (
    <div role="alert">
      <Findings findings={[finding]} tone="bad" />
    </div>
  );
}

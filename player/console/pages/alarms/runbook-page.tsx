import type { VNode } from 'preact';
import { useRoute } from 'preact-iso';
import { fields, text } from '../../answers/answer-fields.ts';
import { Busy, PageHead, ProblemNote, pathOf, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import './alarms.css';
import { RunbookText } from './runbook-text.tsx';
import { alarmWords } from './words.ts';

function readMarkdown(answer: unknown): string {
  return text(fields(answer).markdown) ?? '';
}

/** What to do about a kind of alarm. */
export function Page(): VNode {
  const words = alarmWords();
  const code = useRoute().params.code ?? '';
  const { value, problem } = usePoll({ path: `/alarm-codes${pathOf(code)}/runbook`, read: readMarkdown }).state.value;
  const trail = <a href={hrefOf('alarms')}>{words.back}</a>;
  const title = value?.split('\n')[0]?.replace(/^# [A-Z_]+: /, '') ?? code;
  return (
    <>
      <PageHead title={title} trail={trail} hint={<code>{code}</code>} />
      <ProblemNote problem={problem} />
      {value === undefined && !problem && <Busy />}
      {value !== undefined && (
        <div class="card runbook" lang="en">
          <RunbookText markdown={value.replace(/^# .*\n/, '')} />
        </div>
      )}
    </>
  );
}

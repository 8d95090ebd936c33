import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import type { Finding } from '../../answers/answer-types.ts';
import { readFinding } from '../../answers/read-answers.ts';
import { ActionButton, ask, Card, Findings, Pill, ProblemNote, pathOf, type Tone, useAction } from '../../kit/index.ts';
import { inOwnWords, stateWords } from '../../server-words/index.ts';
import { domainWords } from './words.ts';

type Host = { readonly name: string; readonly addresses: readonly string[]; readonly findings: readonly Finding[] };
type Checked = { readonly status: string; readonly sentence: string; readonly hosts: readonly Host[] };

const TONES: Readonly<Record<string, Tone>> = { online: 'good', configuring: 'warn', stopped: 'quiet' };

/** What the DNS and the certificates say of a domain. */
export function CheckCard({ id }: { readonly id: string }): VNode | null {
  const words = domainWords();
  const checked = useSignal<Checked | undefined>(undefined);
  const check = useAction(
    () => ask(`/domains${pathOf(id)}/check`),
    (answer) => {
      checked.value = readCheck(answer);
    },
  );
  if (id === 'default') return null;
  const verdict = checked.value;
  return (
    <Card title={words.check}>
      <p class="hint">{words.checkHint}</p>
      <ProblemNote problem={check.problem.value} />
      <ActionButton action={check} class="outline">
        {words.run}
      </ActionButton>
      {verdict && (
        <div role="status">
          <p>
            <Pill verdict={{ words: stateWords(verdict.status), tone: TONES[verdict.status] ?? 'quiet' }} />{' '}
            {inOwnWords({ ...verdict, code: verdict.status }).sentence}
          </p>
          {verdict.hosts.map((host) => (
            <HostVerdict key={host.name} host={host} />
          ))}
        </div>
      )}
    </Card>
  );
}

function HostVerdict({ host }: { readonly host: Host }): VNode {
  return (
    <>
      <p>
        <strong>{host.name}</strong> <small>{host.addresses.join(', ')}</small>
      </p>
      <Findings findings={host.findings} tone="warn" />
    </>
  );
}

function readCheck(answer: unknown): Checked {
  const { status, sentence, hosts } = fields(answer);
  return {
    status: text(status) ?? '',
    sentence: text(sentence) ?? '',
    hosts: list(hosts).map((each) => {
      const { host, addresses, findings } = fields(each);
      return {
        name: text(host) ?? '',
        addresses: list(addresses).map(String),
        findings: list(findings).map(readFinding),
      };
    }),
  };
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Card, CopyButton, Findings, Pill, Preformatted, SelectField } from '../../kit/index.ts';
import { type Outcome, requestText } from './call-action.ts';
import type { Language } from './code-samples.ts';
import { explorerWords } from './words.ts';

const LANGUAGES: readonly Language[] = ['curl', 'node', 'python'];

/** What came back, what was signed and sent, and the same as programs. */
export function OutcomeCards({ outcome }: { readonly outcome: Outcome }): VNode {
  const words = explorerWords();
  const { answer, request } = outcome;
  return (
    <div class="stack">
      <section class="card" aria-live="polite">
        <header>
          <h2>{words.answer}</h2>
          {answer && (
            <Pill
              verdict={{
                words: words.answered(answer.status, answer.tookMs),
                tone: answer.status < 400 ? 'good' : 'bad',
              }}
            />
          )}
        </header>
        {answer ? (
          <Preformatted label={words.answer} text={answer.text} />
        ) : (
          <Findings findings={[{ code: 'SILENT', sentence: words.silent }]} tone="bad" />
        )}
      </section>
      <Card>
        <h2>{words.signed}</h2>
        <Preformatted label={words.signed} text={request.stringToSign} />
        {request.canonicalRequest !== undefined && (
          <>
            <h3>{words.canonical}</h3>
            <Preformatted label={words.canonical} text={request.canonicalRequest} />
          </>
        )}
        <h3>{words.request}</h3>
        <Preformatted label={words.request} text={requestText(request)} />
      </Card>
      <CodeCard code={outcome.code} />
    </div>
  );
}

function CodeCard({ code }: { readonly code: Outcome['code'] }): VNode {
  const words = explorerWords();
  const language = useSignal<Language>('curl');
  return (
    <Card>
      <div class="explorer-code">
        <SelectField
          label={words.code}
          hint={language.value === 'curl' ? words.curlHint : words.codeHint}
          value={language}
          choices={LANGUAGES.map((value) => ({ value, words: words.languages[value] }))}
        />
        <CopyButton label={words.copy} value={code[language.value]} />
      </div>
      <Preformatted label={words.languages[language.value]} text={code[language.value]} />
    </Card>
  );
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { LinkIcon } from '../../../icons/index.ts';
import { fields, list, text } from '../../answers/answer-fields.ts';
import {
  Card,
  Empty,
  may,
  PageHead,
  ProblemNote,
  SelectField,
  TextField,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { MadeCard } from './made-card.tsx';
import { type Kind, type MadeUrls, makeUrls } from './make-urls.ts';
import './sign.css';
import { signWords } from './words.ts';

type Validity = keyof ReturnType<typeof signWords>['validities'];

/** Makes addresses to push to and to play from. */
export function Page(): VNode {
  const words = signWords();
  const { query } = useLocation();
  const kind = useSignal<Kind>(query.kind === 'play' || !may('streams:push-urls') ? 'play' : 'push');
  const domain = useSignal(query.domain ?? 'default');
  const app = useSignal(query.app ?? 'live');
  const stream = useSignal(query.stream ?? 'demo');
  const validity = useSignal<Validity>('86400');
  const made = useSignal<MadeUrls | undefined>(undefined);
  const domains = usePoll({ path: may('rules:read') ? '/domains' : undefined, read: readDomainNames }).state.value;
  const make = useAction(makeUrls, (value) => {
    made.value = value as MadeUrls;
  });
  const submit = (event: Event) => {
    event.preventDefault();
    const names = { domain: domain.value, app: app.value, stream: stream.value };
    void make.run({ kind: kind.value, ...names, expiresInSeconds: Number(validity.value) });
  };
  const problem = make.problem.value;
  const allowed = (
    [
      ['push', 'streams:push-urls'],
      ['play', 'play-tokens:issue'],
    ] as const
  ).filter(([, needs]) => may(needs));
  const kinds = allowed.map(([value]) => ({ value, words: words[value] }));
  const validities = Object.entries(words.validities).map(([value, each]) => ({
    value: value as Validity,
    words: each,
  }));
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <div class="sign-columns">
        <Card>
          <form onSubmit={submit}>
            <SelectField label={words.what} value={kind} choices={kinds} />
            <TextField
              label={words.domain}
              name="domain"
              value={domain}
              suggestions={domains.value ?? []}
              problem={problem}
              isRequired
            />
            <TextField label={words.app} name="app" value={app} problem={problem} isRequired />
            <TextField label={words.stream} name="stream" value={stream} problem={problem} isRequired />
            <SelectField label={words.validity} value={validity} choices={validities} />
            <ProblemNote problem={problem} />
            <button type="submit" aria-busy={make.isBusy.value} disabled={make.isBusy.value}>
              {words.make}
            </button>
          </form>
        </Card>
        {made.value ? (
          <MadeCard made={made.value} name={`${app.value}/${stream.value}`} />
        ) : (
          <Empty title={words.nothingYet} icon={<LinkIcon />} />
        )}
      </div>
    </>
  );
}

function readDomainNames(answer: unknown): string[] {
  return list(fields(answer).domains).flatMap((entry) => text(fields(entry).name) ?? []);
}

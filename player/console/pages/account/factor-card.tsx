import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import {
  ActionButton,
  Busy,
  Card,
  CopyField,
  ProblemNote,
  post,
  TextField,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { QrCode } from '../../kit/qr-code.tsx';
import { accountWords } from './words.ts';
import './account.css';

type Factor = { readonly isOn: boolean; readonly codesLeft: number };

function readFactor(answer: unknown): Factor {
  const { hasTotp, recoveryCodesLeft } = fields(fields(answer).user);
  return { isOn: hasTotp === true, codesLeft: number(recoveryCodesLeft) ?? 0 };
}

/** The second factor: whether it is there, and the way to it. */
export function FactorCard(): VNode {
  const words = accountWords();
  const poll = usePoll({ path: '/me', read: readFactor });
  const { value: factor, problem } = poll.state.value;
  return (
    <Card title={words.factor}>
      <ProblemNote problem={problem} />
      {!factor && !problem && <Busy />}
      {factor?.isOn && <p>{words.factorOn(factor.codesLeft)}</p>}
      {factor && !factor.isOn && <Enrolment />}
    </Card>
  );
}

function Enrolment(): VNode {
  const words = accountWords();
  const begun = useSignal<{ readonly secret: string; readonly uri: string } | undefined>(undefined);
  const codes = useSignal<readonly string[]>([]);
  const code = useSignal('');
  const begin = useAction(
    () => post('/me/totp'),
    (answer) => {
      const { secret, uri } = fields(answer);
      begun.value = { secret: text(secret) ?? '', uri: text(uri) ?? '' };
    },
  );
  const confirm = useAction(
    () => post('/me/totp/confirm', { code: code.value }),
    (answer) => {
      codes.value = list(fields(answer).recoveryCodes).map(String);
    },
  );
  if (codes.value.length > 0) return <RecoveryCodes codes={codes.value} />;
  if (!begun.value) {
    return (
      <>
        <p>{words.factorOff}</p>
        <ProblemNote problem={begin.problem.value} />
        <ActionButton action={begin}>{words.begin}</ActionButton>
      </>
    );
  }
  return (
    <form
      class="enrolment"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm.run();
      }}
    >
      <p>{words.scan}</p>
      <QrCode text={begun.value.uri} words={words.qr} />
      <CopyField label={words.secret} value={begun.value.secret} />
      <ProblemNote problem={confirm.problem.value} />
      <TextField label={words.code} value={code} autocomplete="one-time-code" isRequired />
      <button type="submit" aria-busy={confirm.isBusy.value} disabled={confirm.isBusy.value}>
        {words.confirm}
      </button>
    </form>
  );
}

function RecoveryCodes({ codes }: { readonly codes: readonly string[] }): VNode {
  return (
    <div role="status">
      <p>{accountWords().recovery}</p>
      <ul class="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

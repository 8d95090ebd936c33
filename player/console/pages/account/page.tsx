import type { VNode } from 'preact';
import { PageHead } from '../../kit/index.ts';
import { FactorCard } from './factor-card.tsx';
import { PasswordCard } from './password-card.tsx';
import { SessionsCard } from './sessions-card.tsx';
import { accountWords } from './words.ts';

export function Page(): VNode {
  return (
    <>
      <PageHead title={accountWords().title} />
      <div class="stack">
        <PasswordCard />
        <FactorCard />
        <SessionsCard />
      </div>
    </>
  );
}

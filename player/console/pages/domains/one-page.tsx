import type { VNode } from 'preact';
import { type BesideProps, ObjectEditPage } from '../rule-objects/edit-page.tsx';
import { KINDS } from '../rule-objects/kinds.ts';
import { CheckCard } from './check-card.tsx';
import { KeysCard } from './keys-card.tsx';

export function Page(): VNode {
  return <ObjectEditPage kind={KINDS.domains} Beside={Beside} />;
}

function Beside({ id, object, onReload }: BesideProps): VNode {
  return (
    <>
      <KeysCard id={id} object={object} onReload={onReload} />
      <CheckCard id={id} />
    </>
  );
}

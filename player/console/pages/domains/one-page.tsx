import type { VNode } from 'preact';
import { ObjectEditPage } from '../rule-objects/edit-page.tsx';
import { KINDS } from '../rule-objects/kinds.ts';
import { CheckCard } from './check-card.tsx';
import { KeysCard } from './keys-card.tsx';

export function Page(): VNode {
  return <ObjectEditPage kind={KINDS.domains} Beside={Beside} />;
}

function Beside({ id, object }: { readonly id: string; readonly object: unknown }): VNode {
  return (
    <>
      <KeysCard id={id} object={object} />
      <CheckCard id={id} />
    </>
  );
}

import type { VNode } from 'preact';
import { ObjectEditPage } from '../rule-objects/edit-page.tsx';
import { KINDS } from '../rule-objects/kinds.ts';

export function Page(): VNode {
  return <ObjectEditPage kind={KINDS.mediaCallbacks} />;
}

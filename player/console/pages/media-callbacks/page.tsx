import type { VNode } from 'preact';
import { KINDS } from '../rule-objects/kinds.ts';
import { ObjectListPage, readerOf } from '../rule-objects/list-page.tsx';

const read = readerOf(KINDS.mediaCallbacks);

export function Page(): VNode {
  return <ObjectListPage kind={KINDS.mediaCallbacks} read={read} />;
}

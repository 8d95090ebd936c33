import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import { revisionWords } from './words.ts';

/** One field that was changed. */
export type FieldChange = { readonly path: string; readonly before: string; readonly after: string };

export function readChanges(answer: unknown): readonly FieldChange[] {
  return list(answer).map((change) => {
    const { path, before, after } = fields(change);
    return { path: text(path) ?? '', before: valueWords(before), after: valueWords(after) };
  });
}

/** Changes field by field: what was and what is. */
export function ChangesList({ changes }: { readonly changes: readonly FieldChange[] }): VNode {
  const words = revisionWords();
  if (changes.length === 0) return <p>{words.nothing}</p>;
  return (
    <ul class="changes">
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <code>{path}</code>
          {before !== '' && <del>{before}</del>}
          {after !== '' && <ins>{after}</ins>}
        </li>
      ))}
    </ul>
  );
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

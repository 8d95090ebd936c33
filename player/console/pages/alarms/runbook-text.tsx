import type { ComponentChildren, VNode } from 'preact';
import { hrefOf } from '../../shell/href.ts';

/** What our own pages are written with: second headings, paragraphs, lists, code, emphasis, and links to each other. */
export function RunbookText({ markdown }: { readonly markdown: string }): VNode {
  return <>{blocksOf(markdown).map(block)}</>;
}

function blocksOf(markdown: string): string[] {
  return markdown
    .split(/\n{2,}/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function block(written: string): VNode {
  if (written.startsWith('## ')) return <h2 key={written}>{inline(written.slice(3))}</h2>;
  const lines = written.split('\n');
  const items = (mark: RegExp) => lines.map((line) => <li key={line}>{inline(line.replace(mark, ''))}</li>);
  if (lines.every((line) => line.startsWith('- '))) return <ul key={written}>{items(/^- /)}</ul>;
  if (lines.every((line) => /^\d+\. /.test(line))) return <ol key={written}>{items(/^\d+\. /)}</ol>;
  return <p key={written}>{inline(written)}</p>;
}

const INLINE = /(`[^`]+`|\*[^*]+\*|\[[^\]]+\]\([A-Z_]+\.md\))/;

function inline(written: string): ComponentChildren {
  return written.split(INLINE).map((part) => {
    if (part.startsWith('`')) return <code key={part}>{part.slice(1, -1)}</code>;
    if (part.startsWith('*')) return <em key={part}>{part.slice(1, -1)}</em>;
    const [, words, code] = /^\[([^\]]+)\]\(([A-Z_]+)\.md\)$/.exec(part) ?? [];
    if (words === undefined || code === undefined) return part;
    return (
      <a key={part} href={hrefOf('alarms/runbooks/:code', code)}>
        {words}
      </a>
    );
  });
}

import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';
import type { Flaw } from './flaw.ts';
import { kitWords } from './words.ts';

/** A text of many lines with their numbers; flaws are marked at their lines and listed below, each leading to its own. */
export function CodeField(props: {
  readonly label: string;
  readonly hint?: string;
  readonly value: Signal<string>;
  /** Takes what is typed in place of the signal. */
  readonly onInput?: (text: string) => void;
  readonly flaws: readonly Flaw[];
  readonly rows?: number;
  readonly isFixed?: boolean;
}): VNode {
  const { label, hint, value, flaws, rows = 14, isFixed = false } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const wrong = new Set(flaws.map(({ line }) => line));
  const lines = value.value.split('\n');
  const described = [...(hint === undefined ? [] : [`${id}-hint`]), `${id}-flaws`].join(' ');
  const take = (text: string) => {
    if (props.onInput) props.onInput(text);
    else value.value = text;
  };
  const follow = () => {
    if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop;
  };
  return (
    <div class="field code-field">
      <label for={id}>{label}</label>
      <div class="code-box">
        <div class="code-lines" ref={gutter} aria-hidden="true">
          {lines.map((_, index) => (
            <span key={index} class={wrong.has(index + 1) ? 'is-wrong' : undefined}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          {...{ id, ref: area, rows, wrap: 'off', spellcheck: false, readOnly: isFixed }}
          aria-describedby={described}
          aria-invalid={flaws.length > 0 || undefined}
          value={value.value}
          onScroll={follow}
          onInput={({ currentTarget }) => take(currentTarget.value)}
        />
      </div>
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
      <div id={`${id}-flaws`} role="status">
        <ul class="code-flaws">
          {flaws.map((flaw) => (
            <li key={`${flaw.line} ${flaw.column} ${flaw.message}`}>
              <button type="button" class="plain" onClick={() => goTo(area.current, lines, flaw)}>
                {kitWords().line(flaw.line)}
              </button>{' '}
              {flaw.key !== undefined && <code>{flaw.key}</code>} {flaw.message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Puts the cursor where the flaw begins, and its line into sight. */
function goTo(area: HTMLTextAreaElement | null, lines: readonly string[], { line, column }: Flaw): void {
  if (!area) return;
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const end = start + (lines[line - 1]?.length ?? 0);
  area.focus();
  area.setSelectionRange(Math.min(start + column - 1, end), end);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 4);
}

import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { kitWords } from './words.ts';

let pagesShown = 0;

/** A page's title with its actions. A page that was gone to gets the focus here, so that it is read out. */
export function PageHead(props: {
  readonly title: string;
  /** What stands over the title: the way back up. */
  readonly trail?: ComponentChildren;
  readonly beside?: ComponentChildren;
  readonly hint?: ComponentChildren;
  readonly children?: ComponentChildren;
}): VNode {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} – Headwater`;
  }, [props.title]);
  useEffect(() => {
    if (pagesShown > 0) head.current?.focus();
    pagesShown += 1;
  }, []);
  return (
    <header class="page-head">
      <div>
        {props.trail && <p class="trail">{props.trail}</p>}
        <div class="page-title">
          <h1 ref={head} tabIndex={-1}>
            {props.title}
          </h1>
          {props.beside}
        </div>
        {props.hint && <p class="hint">{props.hint}</p>}
      </div>
      {props.children && <div class="page-actions">{props.children}</div>}
    </header>
  );
}

/** A part of a page under its own title. */
export function Card(props: {
  readonly title?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <section class={`card ${props.class ?? ''}`}>
      {(props.title || props.actions) && (
        <header>
          <h2>{props.title}</h2>
          {props.actions}
        </header>
      )}
      {props.children}
    </section>
  );
}

/** Something is under way; with `share` (0 to 1) how far it is. */
export function Busy(props: { readonly words?: string; readonly share?: number }): VNode {
  const words = props.words ?? kitWords().loading;
  if (props.share === undefined) {
    return (
      <p class="busy" role="status" aria-busy="true">
        {words}
      </p>
    );
  }
  return (
    <label class="busy">
      {words}
      <progress value={props.share} max={1} />
    </label>
  );
}

/** Nothing is here yet, and what brings something. */
export function Empty(props: {
  readonly title: string;
  readonly icon?: VNode;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class="card empty">
      {props.icon}
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** Names and values, in columns as wide as there is room. */
export function Facts(props: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[];
  readonly isOneColumn?: boolean;
}): VNode {
  return (
    <dl class={`facts ${props.isOneColumn ? 'one-column' : ''}`}>
      {props.facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One large number with what it counts. */
export function Figure(props: { readonly name: string; readonly value: string; readonly note?: string }): VNode {
  return (
    <div class="figure">
      <span class="figure-name">{props.name}</span>
      <strong>{props.value}</strong>
      {props.note && <span class="figure-note">{props.note}</span>}
    </div>
  );
}

import type { ComponentChildren, VNode } from 'preact';
import { CheckIcon } from '../../../icons/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { overviewWords } from './words.ts';

/** A step of the guide, with its number until it is done. */
export function Step(props: {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <li class={props.isDone ? 'is-done' : undefined}>
      <h3>
        <span class="step-mark">{props.isDone ? <CheckIcon /> : props.number}</span>
        {props.title}
        {props.isDone && <span class="unseen">{overviewWords().done}</span>}
      </h3>
      {props.children}
    </li>
  );
}

/** What was asked for waits for a second person. */
export function Waiting(): VNode {
  const words = overviewWords();
  return (
    <p role="status">
      {words.waits} <a href={hrefOf('approvals')}>{words.toApprovals}</a>
    </p>
  );
}

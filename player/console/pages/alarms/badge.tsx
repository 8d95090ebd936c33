import type { VNode } from 'preact';
import { usePoll } from '../../kit/index.ts';
import { readOpenAlarms } from './read-alarms.ts';
import { alarmWords } from './words.ts';
import './alarms.css';

const EVERY_MS = 15_000;

/** How many alarms are open that nobody looks after or wants to be quiet; nothing where there are none. */
export function AlarmBadge(): VNode | null {
  const open = usePoll({ path: '/alarms?state=open&limit=100', everyMs: EVERY_MS, read: readOpenAlarms });
  const waiting = (open.state.value.value ?? []).filter(
    ({ acknowledged, silencedUntil }) => acknowledged === undefined && silencedUntil === undefined,
  );
  if (waiting.length === 0) return null;
  const worst = waiting.some(({ severity }) => severity === 'page') ? 'page' : 'ticket';
  return (
    <span class={`alarm-badge alarm-badge-${worst}`}>
      <span aria-hidden="true">{waiting.length > 99 ? '99+' : waiting.length}</span>
      <span class="unseen">{alarmWords().badge(waiting.length)}</span>
    </span>
  );
}

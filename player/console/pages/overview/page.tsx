import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { readNodeHealth, readStreams } from '../../answers/read-answers.ts';
import { may, PageHead, Pill, ProblemNote, usePoll } from '../../kit/index.ts';
import { readOpenAlarms } from '../alarms/read-alarms.ts';
import { readLoad } from '../load/read-load.ts';
import { FirstSteps } from './first-steps.tsx';
import { NodeHealthCard } from './node-health.tsx';
import { OnAir } from './on-air.tsx';
import './overview.css';
import { TrafficPanel } from './traffic-panel.tsx';
import { overviewWords } from './words.ts';

const HIDDEN_AS = 'headwater-first-steps-hidden';

/** How the server is at a glance, and what a new operator does first. */
export function Page(): VNode {
  const words = overviewWords();
  const mayLook = may('health:read');
  const health = usePoll({ path: mayLook ? '/health' : undefined, everyMs: 10_000, read: readNodeHealth }).state.value;
  const load = usePoll({ path: mayLook ? '/load' : undefined, everyMs: 5000, read: readLoad }).state.value;
  const streams = usePoll({
    path: may('streams:read') ? '/streams' : undefined,
    everyMs: 5000,
    read: readStreams,
  }).state.value;
  const alarms = usePoll({
    path: may('alarms:read') ? '/alarms?state=open&limit=100' : undefined,
    everyMs: 5000,
    read: readOpenAlarms,
  }).state.value;
  // Who may not see alarms has none to look after.
  const seen = may('alarms:read') ? alarms.value : [];
  const isGuideHidden = useSignal(localStorage.getItem(HIDDEN_AS) !== null);
  const hideGuide = (isHidden: boolean) => {
    isGuideHidden.value = isHidden;
    if (isHidden) localStorage.setItem(HIDDEN_AS, 'yes');
    else localStorage.removeItem(HIDDEN_AS);
  };
  return (
    <>
      <PageHead title={words.title} beside={mayLook && <StatusPill health={health} />}>
        {may('streams:push-urls') && isGuideHidden.value && (
          <button type="button" class="outline secondary" onClick={() => hideGuide(false)}>
            {words.show}
          </button>
        )}
      </PageHead>
      <ProblemNote problem={streams.problem ?? health.problem ?? alarms.problem} />
      <div class="stack">
        {may('streams:push-urls') && !isGuideHidden.value && (
          <FirstSteps streams={streams.value} health={health.value} onHide={() => hideGuide(true)} />
        )}
        {mayLook && <TrafficPanel />}
        <div class="overview-columns">
          {streams.value && <OnAir streams={streams.value} />}
          {health.value && <NodeHealthCard health={health.value} alarms={seen} load={load.value} />}
        </div>
      </div>
    </>
  );
}

function StatusPill({ health: { value, problem } }: { readonly health: Parameters<typeof statusOf>[0] }): VNode | null {
  const verdict = statusOf({ ...(value && { value }), ...(problem && { problem }) });
  return verdict && <Pill verdict={verdict} />;
}

function statusOf({ value, problem }: { readonly value?: { readonly status: string }; readonly problem?: object }) {
  const words = overviewWords();
  if (problem) return { words: words.silent, tone: 'bad' as const };
  if (!value) return null;
  if (value.status === 'ok') return { words: words.running, tone: 'good' as const };
  return { words: value.status === 'draining' ? words.draining : words.degraded, tone: 'warn' as const };
}

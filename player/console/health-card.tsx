import type { VNode } from 'preact';
import { formatDuration } from '../wording/index.ts';
import type { Finding, NodeHealth } from './api-types.ts';
import { Findings, ProblemNote } from './notes.tsx';
import type { Polled } from './poll.ts';

/** How this node is, and what its operator should do about it. */
export function HealthCard({ health }: { readonly health: Polled<NodeHealth> }): VNode {
  const { value, problem } = health;
  return (
    <article>
      <h2>This node</h2>
      <ProblemNote problem={problem} what="This" />
      {value && (
        <>
          <dl class="facts one-column">
            <div>
              <dt>Version</dt>
              <dd>{value.version || '–'}</dd>
            </div>
            <div>
              <dt>Up</dt>
              <dd>{formatDuration(value.uptimeSeconds)}</dd>
            </div>
            <div>
              <dt>Database</dt>
              <dd>{value.database.state}</dd>
            </div>
            <div>
              <dt>FFmpeg</dt>
              <dd>
                {value.ffmpeg.isFound
                  ? (value.ffmpeg.version ?? 'found')
                  : 'not found: streams pass through as they are'}
              </dd>
            </div>
          </dl>
          <Findings findings={databaseFindings(value)} tone="bad" />
          <Findings findings={value.posture} tone="warn" />
          {value.posture.length === 0 && !value.database.reason && <p class="hint">Nothing needs your attention.</p>}
        </>
      )}
    </article>
  );
}

function databaseFindings({ database }: NodeHealth): Finding[] {
  if (database.reason === undefined) return [];
  return [{ code: 'DATABASE', sentence: database.reason, ...(database.remedy && { remedy: database.remedy }) }];
}

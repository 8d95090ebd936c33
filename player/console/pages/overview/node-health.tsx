import type { VNode } from 'preact';
import { CheckIcon } from '../../../icons/index.ts';
import { formatDuration } from '../../../wording/index.ts';
import type { Finding, NodeHealth } from '../../answers/answer-types.ts';
import { Card, Facts, Findings } from '../../kit/index.ts';
import { stateWords } from '../../server-words/index.ts';
import type { Alarm } from '../alarms/read-alarms.ts';
import { LoadNote } from '../load/load-note.tsx';
import type { Load } from '../load/read-load.ts';
import { OpenAlarms } from './open-alarms.tsx';
import { overviewWords } from './words.ts';

/** How this node is, and what its operator should do about it and about alarms; undefined are alarms not known. */
export function NodeHealthCard(props: {
  readonly health: NodeHealth;
  readonly alarms: readonly Alarm[] | undefined;
  readonly load: Load | undefined;
}): VNode {
  const { health, alarms, load } = props;
  const words = overviewWords();
  const { ffmpeg } = health;
  const isAtRest = load === undefined || load.level === 'normal';
  const isGood =
    isAtRest && health.posture.length === 0 && health.database.reason === undefined && alarms?.length === 0;
  return (
    <div class="stack side-stack">
      <Card title={words.attention}>
        {alarms && <OpenAlarms alarms={alarms} />}
        <LoadNote load={load} />
        <Findings findings={databaseFindings(health)} tone="bad" />
        <Findings findings={health.posture} tone="warn" />
        {isGood && (
          <p class="all-good">
            <CheckIcon /> {words.allGood}
          </p>
        )}
      </Card>
      <Card title={words.node}>
        <Facts
          isOneColumn
          facts={[
            [words.version, health.version || '–'],
            [words.up, formatDuration(health.uptimeSeconds)],
            [words.database, stateWords(health.database.state)],
            ['FFmpeg', ffmpeg.isFound ? (ffmpeg.version ?? words.found) : words.ffmpegMissing],
          ]}
        />
      </Card>
    </div>
  );
}

function databaseFindings({ database }: NodeHealth): Finding[] {
  if (database.reason === undefined) return [];
  return [{ code: 'DATABASE', sentence: database.reason, ...(database.remedy && { remedy: database.remedy }) }];
}

import type { AlarmCode, AlarmSeverity } from '../../rules/index.ts';

/** What an alarm is about. `name` is shown, and with `kind` it tells one from another. */
export type AlarmSubject = {
  readonly kind:
    | 'stream'
    | 'rendition'
    | 'domain'
    | 'limit'
    | 'endpoint'
    | 'storage'
    | 'disk'
    | 'node'
    | 'certificate'
    | 'key'
    | 'budget'
    | 'pipeline';
  readonly name: string;
  readonly domain?: string;
  readonly app?: string;
  readonly stream?: string;
};

/** Something that is not as it should be at this moment. */
export type Observation = {
  readonly code: AlarmCode;
  readonly subject: AlarmSubject;
  /** What is so, for people, with its figures. */
  readonly sentence: string;
  /** Where it is not the code's own. */
  readonly severity?: AlarmSeverity;
  /** How long it must be so before it is raised, where that is not the code's own. */
  readonly holdMs?: number;
};

/** Looks at what the server knows already. */
export type Condition = {
  readonly codes: readonly AlarmCode[];
  /** `cluster`: one node looks for all of them. */
  readonly scope: 'node' | 'cluster';
  /** All that is wrong now; undefined where that cannot be told at the moment, which leaves everything as it is. */
  readonly look: () => readonly Observation[] | undefined;
};

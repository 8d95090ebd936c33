import type { VNode } from 'preact';
import { Pill, type Tone } from '../../kit/index.ts';
import type { JobFailure, JobState, StepState } from './read-jobs.ts';
import { jobWords } from './words.ts';

const TONES: Readonly<Record<JobState | StepState, Tone>> = {
  ...{ submitted: 'quiet', waiting: 'quiet', pending: 'quiet', running: 'warn' },
  ...{ succeeded: 'good', failed: 'bad', skipped: 'quiet', cancelled: 'quiet' },
};

/** Where a job or a step is. */
export function JobStatePill({ state }: { readonly state: JobState | StepState }): VNode {
  return <Pill verdict={{ words: jobWords().states[state], tone: TONES[state] }} />;
}

/** How far it is, 0 to 100. */
export function Percent({ percent, about }: { readonly percent: number; readonly about: string }): VNode {
  return (
    <span class="job-percent">
      <progress value={percent} max={100} aria-label={about} />
      <span>{Math.round(percent)} %</span>
    </span>
  );
}

/** From one moment to another, or until now. */
export function tookWords(startedAt: string | undefined, finishedAt: string | undefined): string {
  if (startedAt === undefined) return '–';
  const endMs = finishedAt === undefined ? Date.now() : Date.parse(finishedAt);
  const seconds = Math.max(0, (endMs - Date.parse(startedAt)) / 1000);
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${Math.floor(seconds % 60)} s`;
}

/** Why it went wrong. */
export function FailureNote({ failure }: { readonly failure: JobFailure }): VNode {
  return (
    <p class="job-step-failure" role="alert">
      <code>{failure.code}</code> {failure.message}
    </p>
  );
}

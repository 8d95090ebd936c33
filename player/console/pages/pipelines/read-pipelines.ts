import { AnswerError, type Fields, fields, number, optional, text } from '../../answers/answer-fields.ts';

/** A queue of jobs, and what there is to do in it. */
export type Pipeline = {
  readonly id: string;
  readonly name: string;
  readonly isPaused: boolean;
  readonly quota: number;
  readonly submitterQuota?: number;
  readonly notify?: Fields;
  readonly pending: number;
  readonly running: number;
  readonly waiting: number;
  readonly oldestSeconds: number;
  readonly failed: number;
};

export function readPipelines(answer: unknown): readonly Pipeline[] {
  const { pipelines } = fields(answer);
  if (!Array.isArray(pipelines)) throw new AnswerError('the answer holds no list of pipelines');
  return pipelines.map(readPipeline);
}

function readPipeline(answer: unknown): Pipeline {
  const { id, name, state, quota, submitterQuota, notify, load } = fields(answer);
  const { pending, running, waiting, oldestSeconds, failed } = fields(load);
  return {
    ...{ id: text(id) ?? '', name: text(name) ?? text(id) ?? '', isPaused: state === 'Paused' },
    ...{ quota: number(quota) ?? 0, ...optional('submitterQuota', number(submitterQuota)) },
    ...(notify === undefined ? {} : { notify: fields(notify) }),
    ...{ pending: number(pending) ?? 0, running: number(running) ?? 0, waiting: number(waiting) ?? 0 },
    ...{ oldestSeconds: number(oldestSeconds) ?? 0, failed: number(failed) ?? 0 },
  };
}

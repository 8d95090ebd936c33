import type { StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Attempt } from './attempt.ts';
import type { LadderEvent } from './ladder-event.ts';
import type { Rung } from './rung.ts';

export type LadderReportOptions = {
  readonly id: StreamId;
  readonly log: Logger;
  readonly onEvent: (event: LadderEvent) => void;
};

/** Tells of a ladder: to the log for whoever looks for a cause, and as events for whoever has to act. */
export class LadderReport {
  readonly #options: LadderReportOptions;

  constructor(options: LadderReportOptions) {
    this.#options = options;
  }

  started({ rungs, pid }: Attempt): void {
    this.#options.onEvent({ kind: 'started' });
    const fields = { ...this.#options.id, rungs: rungs.map(({ template }) => template.name), pid };
    this.#options.log.info(fields, 'ladder started');
  }

  failed(reason: string, againInMs: number): void {
    this.#options.onEvent({ kind: 'failed' });
    const fields = { ...this.#options.id, reason, againInMs };
    this.#options.log.warn(fields, 'FFmpeg ended, the renditions are started again');
  }

  hung({ pid }: Attempt): void {
    this.#options.onEvent({ kind: 'hung' });
    this.#options.log.warn({ ...this.#options.id, pid }, 'FFmpeg does not answer, it is killed');
  }

  hardwareGivenUp(encoder: string, reason: string): void {
    this.#options.onEvent({ kind: 'encoder_fallback', encoder, reason });
    const fields = { ...this.#options.id, encoder, reason };
    this.#options.log.error(fields, 'the hardware encoder failed, software goes on');
  }

  shed(rung: Rung, forMs: number): void {
    const fields = { ...this.#options.id, rung: rung.template.name, reason: rung.reason, forMs };
    this.#options.log.error(fields, 'a rendition is given up for a while');
    this.news(rung);
  }

  triedAgain(rung: Rung): void {
    this.#options.log.info({ ...this.#options.id, rung: rung.template.name }, 'shed rung is tried again');
  }

  /** What became of a rung, if it is new. */
  news(rung: Rung): void {
    const kind = rung.news();
    if (!kind) return;
    const { template, rendition, reason } = rung;
    const name = rendition ? { rendition: rendition.id.name } : {};
    this.#options.onEvent({ kind, template: template.name, ...name, ...(reason === undefined ? {} : { reason }) });
  }
}

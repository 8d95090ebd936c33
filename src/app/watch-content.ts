import { randomUUID } from 'node:crypto';
import { CONTENT_CODES, type Finding } from '../ingest/index.ts';
import type { StreamId } from '../live/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { StreamNews } from './event-flow.ts';

export type ContentNewsOptions = {
  readonly tell: (news: StreamNews) => Promise<void>;
  readonly wallMs: () => number;
  readonly gauge: Metrics['contentFindings'];
  readonly onError: (error: unknown) => void;
};

/** Tells once that a publish went black, froze or fell silent, and once that it no longer is; an end tells nothing. */
export class ContentNews {
  readonly #options: ContentNewsOptions;
  #raised = new Map<string, readonly Finding[]>();
  #next = new Map<string, readonly Finding[]>();

  constructor(options: ContentNewsOptions) {
    this.#options = options;
  }

  /** One publish of a round. */
  look(id: StreamId, sessionId: string, findings: readonly Finding[]): void {
    const now = findings.filter(({ code }) => CONTENT_CODES.some((each) => each === code));
    const before = this.#raised.get(sessionId) ?? [];
    const has = (all: readonly Finding[], { code }: Finding) => all.some((each) => each.code === code);
    for (const finding of now) if (!has(before, finding)) this.#tell(id, sessionId, 'finding_raised', finding);
    for (const finding of before) if (!has(now, finding)) this.#tell(id, sessionId, 'finding_cleared', finding);
    this.#next.set(sessionId, now);
  }

  /** All publishes were looked at. */
  endRound(): void {
    this.#raised = this.#next;
    this.#next = new Map();
    const all = [...this.#raised.values()].flat();
    for (const finding of CONTENT_CODES) {
      this.#options.gauge.set({ finding: finding.toLowerCase() }, all.filter(({ code }) => code === finding).length);
    }
  }

  #tell(id: StreamId, sessionId: string, kind: 'finding_raised' | 'finding_cleared', finding: Finding): void {
    const { tell, wallMs, onError } = this.#options;
    const { code, sentence, remedy } = finding;
    const data = { finding: kind === 'finding_raised' ? { code, sentence, remedy } : { code } };
    tell({ ...id, id: randomUUID(), sessionId, kind, atMs: wallMs(), data }).catch(onError);
  }
}

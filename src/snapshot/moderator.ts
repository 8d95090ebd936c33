import { within } from '../deadline/index.ts';
import type { Publication, RegistryListener } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Answer, Question } from '../notify/index.ts';
import type { ModerationRule } from '../rules/index.ts';
import { type ModerationVerdict, readModerationAnswer } from './moderation-answer.ts';
import { moderationQuestion, type PictureToJudge } from './moderation-question.ts';

const FAILURES_TO_STOP = 3;

/** `skipped`: a newer picture of the stream came before the hook had room for this one. */
export type ModerationOutcome = ModerationVerdict['action'] | 'failed' | 'skipped';

export type ModeratorOptions = {
  readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>;
  /** Unix time. */
  readonly wallMs: () => number;
  readonly log: Logger;
  readonly onOutcome: (outcome: ModerationOutcome) => void;
  /** Does what the hook wants, or what its failure comes to; not called for what may pass. */
  readonly act: (
    picture: Omit<PictureToJudge, 'jpeg'>,
    verdict: Exclude<ModerationVerdict, { action: 'pass' }>,
  ) => void;
};

type Session = { failures: number };
type Waiting = { readonly picture: PictureToJudge; readonly hook: ModerationRule };
/** What waits is the newest picture of each session, so that a slow hook holds a bounded number. */
type Line = { asking: number; readonly waiting: Map<string, Waiting> };

/** Shows pictures to the hooks of the rules, few at a time for each URL, and never keeps anybody waiting. */
export class Moderator implements RegistryListener {
  readonly #options: ModeratorOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #lines = new Map<string, Line>();
  readonly #closing = new AbortController();

  constructor(options: ModeratorOptions) {
    this.#options = options;
  }

  unpublished({ publisher: { sessionId } }: Publication): void {
    this.#sessions.delete(sessionId);
    for (const { waiting } of this.#lines.values()) waiting.delete(sessionId);
  }

  /** Shows the picture to the hook as soon as that has room. */
  judge(picture: PictureToJudge, hook: ModerationRule): void {
    if (this.#closing.signal.aborted) return;
    const line = this.#lines.get(hook.url) ?? { asking: 0, waiting: new Map() };
    this.#lines.set(hook.url, line);
    // A newer picture has the place of the one it replaces, or some would never have their turn.
    if (line.waiting.has(picture.sessionId)) this.#options.onOutcome('skipped');
    line.waiting.set(picture.sessionId, { picture, hook });
    this.#next(hook.url, line);
  }

  /** There was no picture to be shown: for a hook without which there is no show, that is a failure, too. */
  unseen(picture: Omit<PictureToJudge, 'jpeg'>, hook: ModerationRule, error: unknown): void {
    if (hook.onFailure === 'stop') this.#failed(picture, hook, error);
  }

  close(): void {
    this.#closing.abort();
    this.#lines.clear();
  }

  #next(url: string, line: Line): void {
    for (const [sessionId, { picture, hook }] of line.waiting) {
      if (line.asking >= hook.concurrency) return;
      line.waiting.delete(sessionId);
      line.asking++;
      void this.#show(picture, hook).finally(() => {
        line.asking--;
        this.#next(url, line);
      });
    }
    if (line.asking === 0 && this.#lines.get(url) === line) this.#lines.delete(url);
  }

  async #show(picture: PictureToJudge, hook: ModerationRule): Promise<void> {
    const { ask, wallMs, onOutcome, act } = this.#options;
    try {
      const question = moderationQuestion(picture, hook, wallMs());
      const { status, body } = await within(hook.timeoutMs, this.#closing.signal, (signal) => ask(question, signal));
      const verdict = readModerationAnswer(status, body);
      onOutcome(verdict.action);
      this.#worked(picture, hook);
      if (verdict.action !== 'pass') act(picture, verdict);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failed(picture, hook, error);
    }
  }

  #worked({ id, sessionId }: PictureToJudge, { url }: ModerationRule): void {
    const failures = this.#sessions.get(sessionId)?.failures ?? 0;
    if (failures > 0) this.#options.log.info({ ...id, host: new URL(url).host }, 'moderation hook works again');
    this.#sessions.delete(sessionId);
  }

  #failed(picture: Omit<PictureToJudge, 'jpeg'>, { url, onFailure }: ModerationRule, error: unknown): void {
    const { log, onOutcome, act } = this.#options;
    onOutcome('failed');
    const session = this.#sessions.get(picture.sessionId) ?? { failures: 0 };
    this.#sessions.set(picture.sessionId, session);
    session.failures++;
    const fields = { ...picture.id, host: new URL(url).host, error, onFailure };
    if (session.failures === 1) log.warn(fields, 'picture was not moderated');
    if (onFailure !== 'stop' || session.failures < FAILURES_TO_STOP) return;
    this.#sessions.delete(picture.sessionId);
    log.error(fields, 'publish ended, as its pictures cannot be moderated');
    act(picture, { action: 'stop', reason: `no moderation of ${FAILURES_TO_STOP} pictures in a row` });
  }
}

import type { StoredMediaUpload } from '../../store/index.ts';
import { fetchOf, storedUpload, type UploadLibrary } from './upload.ts';
import type { UploadCompletion } from './upload-completion.ts';
import { finished } from './upload-error.ts';
import type { SessionsOptions, UploadSessions } from './upload-sessions.ts';

export type EndsOptions = Pick<SessionsOptions, 'tables' | 'wallMs' | 'log'> & {
  readonly sessions: UploadSessions;
  readonly completion: UploadCompletion;
  readonly library: UploadLibrary;
};

const SWEEP_EVERY_MS = 10_000;
const STILL_MS = 45_000;
/** An upload takes no longer than that. */
const MOST_DAYS = 7;

/** Ends uploads that are given up, have failed or were left behind, and goes on with what a crash broke off. */
export class UploadEnds {
  readonly #options: EndsOptions;
  #sweeping: Promise<void> | undefined;

  constructor(options: EndsOptions) {
    this.#options = options;
  }

  /** Ends an upload that is not finished, and removes what has come of it. */
  async abort(id: string): Promise<void> {
    const row = await this.#options.tables.change(id, { state: 'aborted', finishedAt: this.#now() }, ['open']);
    if (!row) throw finished((await storedUpload(this.#options.tables, id)).state);
    await this.#end(row);
  }

  /** It cannot come: what is wrong is written down, and its asset has failed. */
  async fail(id: string, failure: { readonly code: string; readonly message: string }): Promise<void> {
    const row = await this.#options.tables.change(id, { state: 'failed', failure, finishedAt: this.#now() }, ['open']);
    if (row) await this.#end(row);
  }

  /** Goes on with what a crash left, and ends what nobody comes back for, until it is stopped. */
  start(): { close(): Promise<void> } {
    const { tables, log } = this.#options;
    const sweep = () => {
      if (!tables.isReady) return;
      this.#sweeping ??= this.sweep()
        .catch((error: unknown) => log.warn({ error }, 'uploads could not be swept'))
        .finally(() => {
          this.#sweeping = undefined;
        });
    };
    const timer = setInterval(sweep, SWEEP_EVERY_MS);
    sweep();
    return {
      close: async () => {
        clearInterval(timer);
        await this.#options.sessions.close();
        await this.#sweeping;
      },
    };
  }

  /** `stillMs`: how long nobody has moved what is taken for left behind. */
  async sweep(stillMs = STILL_MS): Promise<void> {
    const { tables, log } = this.#options;
    const tried = async (work: Promise<unknown>, about: object) => {
      await work.catch((error: unknown) => log.warn({ error, ...about }, 'an upload could not be settled'));
    };
    for (const row of await tables.unsettled(stillMs)) {
      const { id: upload } = row;
      if (row.state === 'open') await tried(this.#expire(row), { upload });
      else if (row.state === 'stored') await tried(this.#options.completion.tell(row), { upload });
      else await tried(this.#resume(row), { upload });
    }
    for (const { id: session } of await tables.wholeSessions(stillMs))
      await tried(this.#options.completion.complete(session), { session });
    for (const session of await tables.endedSessions()) await tried(this.#options.sessions.remove(session), session);
    await tables.prune();
  }

  /** Whoever stored it is gone. */
  async #resume({ id, sessionId }: StoredMediaUpload): Promise<void> {
    const { tables } = this.#options;
    const session = sessionId === null ? undefined : await tables.session(sessionId);
    if (session?.state === 'open') return void (await this.#options.completion.complete(session.id));
    if (session) {
      const stored = { state: 'stored', storedBytes: session.receivedBytes } as const;
      const row = await tables.change(id, stored, ['storing']);
      return row && this.#options.completion.tell(row);
    }
    await tables.change(id, { state: 'open', sessionId: null }, ['storing']);
  }

  /** A session that goes on keeps its upload open, for a week at most. */
  async #expire(row: StoredMediaUpload): Promise<void> {
    const { tables, wallMs } = this.#options;
    const sessions = await tables.sessionsOf(row.id);
    const lastMs = Math.max(...sessions.map(({ expiresAt }) => expiresAt.getTime()), 0);
    const end = Math.min(lastMs, row.createdAt.getTime() + MOST_DAYS * 86_400_000);
    if (end > wallMs()) return void (await tables.change(row.id, { expiresAt: new Date(end) }, ['open']));
    const failure = { code: 'UPLOAD_OVER', message: 'it did not come in time' };
    const changes = { state: 'expired', failure, finishedAt: this.#now() } as const;
    const over = await tables.change(row.id, changes, ['open']);
    if (over) await this.#end(over);
  }

  /** Nothing of it is needed any more. */
  async #end(row: StoredMediaUpload): Promise<void> {
    const { id, asset, failure } = row;
    const { tables, library } = this.#options;
    for (const session of await tables.sessionsOf(id)) await this.#options.sessions.remove(session);
    if (asset === null || !(await library.find(asset))) return;
    const fetch = fetchOf(row);
    const about = { ...(fetch && { fetch }), ...(failure && { failure }) };
    await library.setStatus(asset, 'UploadFail', ['Uploading'], about);
  }

  #now(): Date {
    return new Date(this.#options.wallMs());
  }
}

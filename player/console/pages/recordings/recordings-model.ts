import { signal } from '@preact/signals';
import type { RecordingEntry, RecordingPage } from '../../answers/answer-types.ts';
import { type ApiProblem, ask, isMissing, pathOf, queryOf, remove } from '../../kit/api.ts';
import { Poll, type Polled } from '../../kit/poll.ts';
import { readRecordings } from './read-recordings.ts';
import { withOlder } from './recording-pages.ts';

const INTERVAL_MS = 10_000;
const LIMIT = 50;

/** Which recordings are wanted; what is left out is all. */
export type RecordingFilter = { readonly domain?: string; readonly app?: string; readonly stream?: string };

/** The recordings that the server has: the newest page is kept fresh, older ones come when they are asked for. */
export class RecordingsModel {
  readonly newest: Poll<RecordingPage>;
  readonly isLoading = signal(false);
  readonly olderProblem = signal<ApiProblem | undefined>(undefined);
  readonly #filter: RecordingFilter;
  readonly #known = signal<readonly RecordingEntry[]>([]);
  /** Of the oldest page that was asked for; empty where that was the last. */
  readonly #cursor = signal<string | undefined>(undefined);
  readonly #removed = signal<ReadonlySet<string>>(new Set());

  constructor(filter: RecordingFilter) {
    this.#filter = filter;
    this.newest = new Poll({
      path: this.#path(),
      everyMs: INTERVAL_MS,
      read: (answer) => {
        const page = readRecordings(answer);
        this.#remember(page);
        return page;
      },
    });
  }

  all(): Polled<readonly RecordingEntry[]> {
    const { value: page, ...rest } = this.newest.state.value;
    const all = page && withOlder(page, this.#known.value).filter((each) => !this.#removed.value.has(keyOf(each)));
    return { ...(all && { value: all }), ...rest };
  }

  get hasMore(): boolean {
    return this.#nextCursor() !== undefined;
  }

  async loadMore(): Promise<void> {
    const cursor = this.#nextCursor();
    if (cursor === undefined || this.isLoading.value) return;
    this.isLoading.value = true;
    const answer = await ask(this.#path(cursor));
    this.isLoading.value = false;
    this.olderProblem.value = 'problem' in answer ? answer.problem : undefined;
    if ('problem' in answer) return;
    const page = readRecordings(answer.value);
    this.#remember(page);
    this.#cursor.value = page.nextCursor ?? '';
  }

  /** Gives the problem where it could not be deleted; that somebody else was faster is none. */
  async delete(recording: RecordingEntry): Promise<ApiProblem | undefined> {
    const answer = await remove(`/recordings${keyOf(recording)}`);
    if ('problem' in answer && !isMissing(answer.problem)) return answer.problem;
    this.#removed.value = new Set([...this.#removed.value, keyOf(recording)]);
    return undefined;
  }

  #path(cursor?: string): string {
    return `/recordings${queryOf({ ...this.#filter, limit: LIMIT, cursor })}`;
  }

  #remember({ recordings }: RecordingPage): void {
    const known = new Map([...this.#known.value, ...recordings].map((each) => [keyOf(each), each]));
    this.#known.value = [...known.values()];
  }

  #nextCursor(): string | undefined {
    return (this.#cursor.value ?? this.newest.state.value.value?.nextCursor) || undefined;
  }
}

/** The path of one below that of all. */
export function keyOf({ domain, app, stream, id }: RecordingEntry): string {
  return pathOf(domain, app, stream, id);
}

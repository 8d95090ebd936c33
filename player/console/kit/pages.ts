import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiProblem, ask } from './api.ts';

/** One page of a list, and what asks for the next; without a cursor it is the last. */
export type ListPage<Row> = { readonly rows: readonly Row[]; readonly cursor?: string | undefined };

/** What is known of a list so far; no rows before the first answer. */
export type Listed<Row> = {
  readonly rows?: readonly Row[];
  readonly cursor?: string | undefined;
  readonly problem?: ApiProblem | undefined;
  readonly isLoading: boolean;
  /** How many pages the rows are of. */
  readonly pages: number;
};

export type ListOptions<Row> = {
  /** Below `/api/v1`, filters and limit in its query. */
  readonly path: string;
  readonly read: (answer: unknown) => ListPage<Row>;
  /** The parameter that carries the cursor. */
  readonly cursorName?: string;
};

/** A list that comes page by page, as far as somebody asked for it. */
export class PagedList<Row> {
  readonly state: ReadonlySignal<Listed<Row>>;
  readonly #state = signal<Listed<Row>>({ isLoading: false, pages: 0 });
  readonly #options: ListOptions<Row>;

  constructor(options: ListOptions<Row>) {
    this.state = this.#state;
    this.#options = options;
  }

  /** Forgets what is known once the first page is there again. */
  reload(): Promise<void> {
    return this.#load(undefined);
  }

  async more(): Promise<void> {
    const { cursor, isLoading } = this.#state.value;
    if (cursor !== undefined && !isLoading) await this.#load(cursor);
  }

  async #load(cursor: string | undefined): Promise<void> {
    const { path, read, cursorName = 'cursor' } = this.#options;
    this.#state.value = { ...this.#state.value, isLoading: true };
    const joint = path.includes('?') ? '&' : '?';
    const answer = await ask(
      cursor === undefined ? path : `${path}${joint}${cursorName}=${encodeURIComponent(cursor)}`,
    );
    const { rows: known, cursor: before, pages } = this.#state.value;
    try {
      if ('problem' in answer) {
        this.#state.value = {
          ...(known && { rows: known }),
          cursor: before,
          problem: answer.problem,
          ...{ isLoading: false, pages },
        };
        return;
      }
      const page = read(answer.value);
      const isFirst = cursor === undefined;
      const rows = isFirst ? page.rows : [...(known ?? []), ...page.rows];
      this.#state.value = { rows, cursor: page.cursor, isLoading: false, pages: isFirst ? 1 : pages + 1 };
    } catch (error) {
      const reason = `Unexpected answer: ${error instanceof Error ? error.message : String(error)}.`;
      this.#state.value = { isLoading: false, pages: 0, problem: { kind: 'refused', status: 200, reason } };
    }
  }
}

/** A list that lives as long as its component. `read` is a function of the module. */
export function usePagedList<Row>({ path, read, cursorName }: ListOptions<Row>): PagedList<Row> {
  const list = useMemo(
    () => new PagedList({ path, read, ...(cursorName !== undefined && { cursorName }) }),
    [path, read, cursorName],
  );
  useEffect(() => void list.reload(), [list]);
  return list;
}

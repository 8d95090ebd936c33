import type { ComponentChildren, VNode } from 'preact';
import { ProblemNote } from './notes.tsx';
import { Busy } from './page.tsx';
import type { PagedList } from './pages.ts';
import { kitWords } from './words.ts';

export type Column<Row> = {
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right, under each other. */
  readonly isNumber?: boolean;
  /** The column of buttons, whose head is only read out. */
  readonly isActions?: boolean;
};

/** Rows in columns; on a phone each row becomes a card. `caption` is read out. */
export function DataTable<Row>(props: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}): VNode {
  const { caption, columns, rows, keyOf } = props;
  const classOf = ({ isNumber, isActions }: Column<Row>) => (isNumber ? 'number' : isActions ? 'actions' : undefined);
  return (
    <table class="data">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.head} scope="col" class={classOf(column)}>
              {column.isActions ? <span class="unseen">{column.head}</span> : column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.head} class={classOf(column)} data-head={column.isActions ? undefined : column.head}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A list that comes page by page: busy, its problem, `empty` where there is nothing, the table, and a button for more. */
export function PagedTable<Row>(props: {
  readonly list: PagedList<Row>;
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly empty: ComponentChildren;
}): VNode {
  const { rows, cursor, problem, isLoading } = props.list.state.value;
  return (
    <>
      <ProblemNote problem={problem} />
      {!rows && !problem && <Busy />}
      {rows?.length === 0 && props.empty}
      {rows !== undefined && rows.length > 0 && (
        <div class="card table-card">
          <DataTable caption={props.caption} columns={props.columns} rows={rows} keyOf={props.keyOf} />
        </div>
      )}
      {cursor !== undefined && <MoreButton isBusy={isLoading} onMore={() => void props.list.more()} />}
    </>
  );
}

export function MoreButton(props: {
  readonly isBusy: boolean;
  readonly onMore: () => void;
  readonly words?: string;
}): VNode {
  return (
    <button
      type="button"
      class="outline secondary more"
      aria-busy={props.isBusy}
      disabled={props.isBusy}
      onClick={props.onMore}
    >
      {props.words ?? kitWords().more}
    </button>
  );
}

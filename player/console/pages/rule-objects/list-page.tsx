import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { fields, list, text } from '../../answers/answer-fields.ts';
import {
  type Column,
  Empty,
  type ListPage,
  language,
  may,
  PagedTable,
  PageHead,
  usePagedList,
} from '../../kit/index.ts';
import { apiPathOf, idOf, nameOf, type ObjectKind } from './kinds.ts';
import { objectWords } from './words.ts';

/** All objects of a kind. */
export function ObjectListPage({ kind, read }: { readonly kind: ObjectKind; readonly read: Reader }): VNode {
  const words = objectWords();
  const { route } = useLocation();
  const objects = usePagedList({ path: apiPathOf(kind), read });
  const title = kind.title[language.value];
  const columns: Column<unknown>[] = [
    {
      head: words.columns.name,
      cell: (object) => (
        <a href={`/console/${kind.path}/${encodeURIComponent(idOf(kind, object))}`}>
          <strong>{nameOf(kind, object)}</strong>
        </a>
      ),
    },
    { head: words.columns.about, cell: (object) => <small>{kind.summary(object) || '–'}</small> },
    { head: words.columns.origin, cell: (object) => words.origins[originOf(object)] },
  ];
  const create = may(kind.write) && (
    <button type="button" onClick={() => route(`/console/${kind.path}/+`)}>
      {words.create(kind.one[language.value])}
    </button>
  );
  return (
    <>
      <PageHead title={title} hint={kind.hint[language.value]}>
        {create}
      </PageHead>
      <PagedTable
        list={objects}
        columns={columns}
        caption={title}
        keyOf={(object) => idOf(kind, object)}
        empty={<Empty title={words.empty(title)}>{create}</Empty>}
      />
    </>
  );
}

type Reader = (answer: unknown) => ListPage<unknown>;

/** Reads the list of a kind; made once for each, so that the list is not asked for anew. */
export function readerOf(kind: ObjectKind): Reader {
  return (answer) => {
    const given = fields(answer);
    return { rows: list(given[kind.many]), cursor: text(given.nextCursor) };
  };
}

export function originOf(object: unknown): 'api' | 'file' {
  return fields(object).origin === 'file' ? 'file' : 'api';
}

import type { VNode } from 'preact';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import { Card, type Column, DataTable, Pill } from '../../kit/index.ts';
import { inventoryWords } from './words.ts';

export type Certificate = {
  readonly id: string;
  readonly hosts: string;
  readonly source: string;
  readonly ageDays: number;
  readonly expiresAt: string;
  readonly expiresInDays: number;
  readonly isDue: boolean;
};

export function certificateOf(answer: unknown): Certificate {
  const { id, hosts, source, ageDays, expiresAt, expiresInDays, rotationDue } = fields(answer);
  return {
    ...{ id: text(id) ?? '', hosts: list(hosts).map(String).join(', '), source: text(source) ?? '' },
    ...{ ageDays: number(ageDays) ?? 0, expiresAt: text(expiresAt) ?? '', expiresInDays: number(expiresInDays) ?? 0 },
    isDue: rotationDue === true,
  };
}

/** Each certificate with how old it is and how long it is good for. */
export function Certificates({ certificates }: { readonly certificates: readonly Certificate[] }): VNode {
  const words = inventoryWords();
  const columns: Column<Certificate>[] = [
    {
      head: words.columns.hosts,
      cell: ({ hosts }) => (
        <a href="/console/certificates">
          <strong>{hosts}</strong>
        </a>
      ),
    },
    { head: words.columns.source, cell: ({ source }) => words.sources[source] ?? source },
    { head: words.columns.issued, cell: ({ ageDays }) => words.age(ageDays) },
    {
      head: words.columns.expires,
      cell: ({ expiresAt, expiresInDays, isDue }) => (
        <span>
          <time dateTime={expiresAt}>{expiresAt.slice(0, 10)}</time> <small>{words.expires(expiresInDays)}</small>{' '}
          {isDue && <Pill verdict={{ words: words.due, tone: 'warn' }} />}
        </span>
      ),
    },
  ];
  return (
    <Card title={words.certificates}>
      {certificates.length === 0 ? (
        <p class="hint">{words.empty}</p>
      ) : (
        <DataTable caption={words.certificates} columns={columns} rows={certificates} keyOf={({ id }) => id} />
      )}
    </Card>
  );
}

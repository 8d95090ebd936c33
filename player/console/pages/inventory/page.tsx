import type { VNode } from 'preact';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import { Busy, Card, type Column, DataTable, PageHead, Pill, ProblemNote, usePoll } from '../../kit/index.ts';
import { type Certificate, Certificates, certificateOf } from './certificates.tsx';
import { inventoryWords } from './words.ts';

type Key = { readonly place: string; readonly ageDays: number | undefined; readonly isDue: boolean };
type Item = { readonly name: string; readonly about: string; readonly keys: readonly Key[]; readonly page: string };
type Inventory = Readonly<Record<'domains' | 'streamKeys' | 'callbacks', readonly Item[]>> & {
  readonly certificates: readonly Certificate[];
};

function readInventory(answer: unknown): Inventory {
  const { domains, streamKeys, callbacks, certificates } = fields(answer);
  return {
    domains: list(domains).map((each) => itemOf(each, 'domains')),
    streamKeys: list(streamKeys).map((each) => itemOf(each, 'stream-keys')),
    callbacks: list(callbacks).map((each) => itemOf(each, 'callback-endpoints')),
    certificates: list(certificates).map(certificateOf),
  };
}

function itemOf(answer: unknown, page: string): Item {
  const { name, id, url, ingest, aliases, keys } = fields(answer);
  const called = text(name) ?? text(id) ?? '';
  const hosts = [...list(ingest), ...list(aliases)].map((host) => text(host) ?? text(fields(host).name) ?? '');
  return {
    name: called,
    about: text(url) ?? hosts.join(', '),
    page: `/console/${page}/${encodeURIComponent(called)}`,
    keys: list(keys).map((key) => {
      const { place, ageDays, rotationDue } = fields(key);
      return { place: text(place) ?? '', ageDays: number(ageDays), isDue: rotationDue === true };
    }),
  };
}

export function Page(): VNode {
  const words = inventoryWords();
  const { value: inventory, problem } = usePoll({ path: '/inventory', read: readInventory }).state.value;
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <ProblemNote problem={problem} />
      {!inventory && !problem && <Busy />}
      {inventory && (
        <div class="stack">
          <Items title={words.domains} about={words.columns.hosts} items={inventory.domains} />
          <Items title={words.streamKeys} about={undefined} items={inventory.streamKeys} />
          <Items title={words.callbacks} about={words.columns.url} items={inventory.callbacks} />
          <Certificates certificates={inventory.certificates} />
        </div>
      )}
    </>
  );
}

function Items(props: {
  readonly title: string;
  readonly about: string | undefined;
  readonly items: readonly Item[];
}): VNode {
  const words = inventoryWords();
  const columns: Column<Item>[] = [
    {
      head: words.columns.name,
      cell: ({ name, page }) => (
        <a href={page}>
          <strong>{name}</strong>
        </a>
      ),
    },
    ...(props.about === undefined ? [] : [{ head: props.about, cell: ({ about }: Item) => about || '–' }]),
    { head: words.columns.keys, cell: ({ keys }) => <Keys keys={keys} /> },
  ];
  return (
    <Card title={props.title}>
      {props.items.length === 0 ? (
        <p class="hint">{words.empty}</p>
      ) : (
        <DataTable caption={props.title} columns={columns} rows={props.items} keyOf={({ name }) => name} />
      )}
    </Card>
  );
}

function Keys({ keys }: { readonly keys: readonly Key[] }): VNode {
  const words = inventoryWords();
  if (keys.length === 0) return <span>{words.none}</span>;
  return (
    <span>
      {keys.map(({ place, ageDays, isDue }) => (
        <div key={place}>
          <code>{place}</code> <small>{ageDays === undefined ? words.unknown : words.age(ageDays)}</small>{' '}
          {isDue && <Pill verdict={{ words: words.due, tone: 'warn' }} />}
        </div>
      ))}
    </span>
  );
}

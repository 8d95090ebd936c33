import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list } from '../../answers/answer-fields.ts';
import {
  Busy,
  type Column,
  DataTable,
  Empty,
  language,
  PageHead,
  ProblemNote,
  SelectField,
  usePoll,
} from '../../kit/index.ts';
import { type BudgetRow, type Costs, type Line, type Row, readBudgets, readCosts } from './read-costs.ts';
import { costWords } from './words.ts';
import './costs.css';

const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
const RANGES = ['1', '7', '30', '365'] as const;
const BYS = ['domain', 'app', 'stream', 'tag', 'day'] as const;

export function Page(): VNode {
  const words = costWords();
  const days = useSignal<(typeof RANGES)[number]>('30');
  const by = useSignal<(typeof BYS)[number]>('stream');
  const choices = <V extends string>(values: readonly V[], named: Readonly<Record<V, string>>) =>
    values.map((value) => ({ value, words: named[value] }));
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <nav class="cost-links">
        <a href="/console/prices">{words.links.prices}</a>
        <a href="/console/budgets">{words.links.budgets}</a>
        <a href="/console/estimates">{words.links.estimates}</a>
      </nav>
      <div class="cost-choices">
        <SelectField label={words.range} value={days} choices={choices(RANGES, words.ranges)} />
        <SelectField label={words.by} value={by} choices={choices(BYS, words.bys)} />
      </div>
      <CostTables key={`${days.value} ${by.value}`} days={Number(days.value)} by={by.value} />
      <Budgets />
    </>
  );
}

const readIsPriced = (answer: unknown) => list(fields(answer).prices).length > 0;

function CostTables({ days, by }: { readonly days: number; readonly by: string }): VNode {
  const words = costWords();
  const from = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS).toISOString();
  const { value: isPriced } = usePoll({ path: '/prices?limit=1', everyMs: EVERY_MS, read: readIsPriced }).state.value;
  const asked = usePoll({ path: `/costs?by=${by}&from=${from}`, everyMs: EVERY_MS, read: readCosts });
  const { value: costs, problem } = asked.state.value;
  if (problem && !costs) return <ProblemNote problem={problem} />;
  if (!costs) return <Busy />;
  if (isPriced === false) return <Empty title={words.noPrices}>{words.noPricesHint}</Empty>;
  if (costs.lines.length === 0) return <Empty title={words.nothing} />;
  return (
    <>
      <ProblemNote problem={problem} />
      <p class="cost-total">
        <span>{words.total}</span> <strong>{money(costs.amount, costs.currency)}</strong>
      </p>
      <RowTable costs={costs} />
      <LineTable costs={costs} />
    </>
  );
}

function RowTable({ costs: { rows, currency } }: { readonly costs: Costs }): VNode {
  const words = costWords();
  const most = Math.max(...rows.map(({ amount }) => amount), 1e-9);
  const columns: Column<Row>[] = [
    { head: words.columns.name, cell: ({ name }) => name || words.noTag },
    {
      ...{ head: words.columns.amount, isNumber: true },
      cell: ({ name, amount }) => (
        <span class="use">
          {money(amount, currency)}
          <meter aria-label={name} min={0} max={most} value={amount} />
        </span>
      ),
    },
  ];
  return (
    <section class="cost-part">
      <h2>{words.rowsTitle}</h2>
      <div class="card table-card">
        <DataTable caption={words.rowsTitle} columns={columns} rows={rows} keyOf={({ name }) => name} />
      </div>
    </section>
  );
}

function LineTable({ costs: { lines, currency } }: { readonly costs: Costs }): VNode {
  const words = costWords();
  const itemOf = (item: string) => (words.items as Readonly<Record<string, string>>)[item] ?? item;
  const columns: Column<Line>[] = [
    { head: words.columns.item, cell: ({ item }) => itemOf(item) },
    { head: words.columns.quantity, isNumber: true, cell: ({ quantity }) => rounded(quantity) },
    { head: words.columns.unpriced, isNumber: true, cell: ({ unpriced }) => (unpriced > 0 ? rounded(unpriced) : '') },
    { head: words.columns.amount, isNumber: true, cell: ({ amount }) => money(amount, currency) },
  ];
  return (
    <section class="cost-part">
      <h2>{words.linesTitle}</h2>
      <div class="card table-card">
        <DataTable caption={words.linesTitle} columns={columns} rows={lines} keyOf={({ item }) => item} />
      </div>
    </section>
  );
}

function Budgets(): VNode | null {
  const words = costWords();
  const { value: budgets } = usePoll({ path: '/costs/budgets', everyMs: EVERY_MS, read: readBudgets }).state.value;
  if (!budgets || budgets.length === 0) return null;
  const columns: Column<BudgetRow>[] = [
    { head: words.columns.name, cell: ({ name }) => name },
    { head: words.until, cell: ({ until }) => until.slice(0, 10) },
    {
      ...{ head: words.columns.amount, isNumber: true },
      cell: ({ name, spent, amount }) => (
        <span class="use">
          {words.spentOf(rounded(spent), rounded(amount))}
          <meter
            aria-label={name}
            min={0}
            max={amount}
            high={amount * 0.8}
            optimum={0}
            value={Math.min(spent, amount)}
          />
        </span>
      ),
    },
  ];
  return (
    <section class="cost-part">
      <h2>{words.budgets}</h2>
      <div class="card table-card">
        <DataTable caption={words.budgets} columns={columns} rows={budgets} keyOf={({ name }) => name} />
      </div>
    </section>
  );
}

function money(amount: number, currency: string): string {
  const digits = amount > 0 && amount < 0.1 ? 4 : 2;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${amount.toLocaleString(language.value, options)} ${currency}`;
}

function rounded(quantity: number): string {
  return quantity.toLocaleString(language.value, { maximumSignificantDigits: 4 });
}

import type { VNode } from 'preact';
import { useLocation, useRoute } from 'preact-iso';
import { oneOf } from '../../answers/answer-fields.ts';
import { Ago, type Column, Empty, may, PagedTable, PageHead, Pill, usePagedList } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import './media-templates.css';
import {
  type MediaTemplate,
  readTemplates,
  TEMPLATE_KINDS,
  type TemplateKind,
  templateAbout,
} from './read-templates.ts';
import { templateWords } from './words.ts';

/** How media are made: templates, groups of them, and watermarks. */
export function Page(): VNode {
  const words = templateWords();
  const { route } = useLocation();
  const kind = oneOf(useRoute().params.kind, TEMPLATE_KINDS) ?? 'transcode';
  const create = may('templates:write') && (
    <button type="button" onClick={() => route(hrefOf('media-templates/:kind/:id', kind, '+'))}>
      {words.create[kind]}
    </button>
  );
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {create}
      </PageHead>
      <nav class="template-kinds" aria-label={words.kind}>
        {TEMPLATE_KINDS.map((each) => (
          <a key={each} href={hrefOf('media-templates/:kind', each)} aria-current={each === kind ? 'page' : undefined}>
            {words.kinds[each]}
          </a>
        ))}
      </nav>
      <p class="hint">{words.kindHints[kind]}</p>
      <Templates key={kind} kind={kind} />
    </>
  );
}

function Templates({ kind }: { readonly kind: TemplateKind }): VNode {
  const words = templateWords();
  const templates = usePagedList({ path: `/media/templates/${kind}?limit=100`, read: readTemplates });
  const { name, id, about, changed, actions } = words.columns;
  const columns: readonly Column<MediaTemplate>[] = [
    {
      head: name,
      cell: (each) => (
        <>
          <a href={hrefOf('media-templates/:kind/:id', kind, each.id)}>{each.name}</a> <TemplatePills template={each} />
        </>
      ),
    },
    { head: id, cell: (each) => <code>{each.id}</code> },
    { head: about, cell: (each) => templateAbout(each) || '–' },
    { head: changed, cell: ({ modifiedAt }) => (modifiedAt === undefined ? '–' : <Ago at={modifiedAt} />) },
    {
      ...{ head: actions, isActions: true },
      cell: (each) => may('templates:write') && <CopyButton template={each} />,
    },
  ];
  return (
    <PagedTable
      list={templates}
      caption={words.kinds[kind]}
      columns={columns}
      keyOf={(each) => each.id}
      empty={
        <Empty title={words.none[kind]}>
          <p>{words.noneHints[kind]}</p>
        </Empty>
      }
    />
  );
}

/** A new one that begins as this one is. */
export function CopyButton({ template: { kind, id, name } }: { readonly template: MediaTemplate }): VNode {
  const words = templateWords();
  const { route } = useLocation();
  const to = `${hrefOf('media-templates/:kind/:id', kind, '+')}?from=${encodeURIComponent(id)}`;
  return (
    <button type="button" class="outline" aria-label={`${words.copy}: ${name}`} onClick={() => route(to)}>
      {words.copy}
    </button>
  );
}

export function TemplatePills({ template }: { readonly template: MediaTemplate }): VNode {
  const words = templateWords();
  return (
    <>
      {template.isPreset && <Pill verdict={{ words: words.preset, tone: 'quiet' }} />}
      {template.isDefault && <Pill verdict={{ words: words.isDefault, tone: 'good' }} />}
      {template.isLocked && !template.isPreset && <Pill verdict={{ words: words.locked, tone: 'warn' }} />}
    </>
  );
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { oneOf } from '../../answers/answer-fields.ts';
import { type ApiProblem, ask, Busy, may, PageHead, ProblemNote, pathOf } from '../../kit/index.ts';
import { type Field, SchemaForm } from '../../schema-form/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { asFields } from './body.ts';
import { TemplateEditor } from './editor.tsx';
import { groupFields, TRANSCODE_FIELDS, WATERMARK_FIELDS } from './fields.ts';
import './media-templates.css';
import { CopyButton, TemplatePills } from './page.tsx';
import {
  type MediaTemplate,
  readTemplate,
  readTemplates,
  TEMPLATE_KINDS,
  type TemplateKind,
} from './read-templates.ts';
import { TemplateButtons } from './template-buttons.tsx';
import { TemplateUses } from './uses.tsx';
import { templateFormWords, templateWords } from './words.ts';

type Opened = { readonly field: Field; readonly template: MediaTemplate | undefined };

/** One template: its fields, who uses it, and what can be done with it. A new one may begin as another is (`?from=`). */
export function Page(): VNode {
  const words = templateWords();
  const { params } = useRoute();
  const { from } = useLocation().query;
  const kind = oneOf(params.kind, TEMPLATE_KINDS) ?? 'transcode';
  const isNew = params.id === '+';
  const id = isNew ? from : params.id;
  const opened = useSignal<Opened | undefined>(undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const open = async () => {
    const found = await openTemplate(kind, id);
    problem.value = 'field' in found ? undefined : found;
    opened.value = 'field' in found ? found : undefined;
  };
  useEffect(() => {
    opened.value = undefined;
    void open();
  }, [kind, id, isNew]);
  const template = opened.value?.template;
  const isFixed = !may('templates:write') || (!isNew && (template?.isPreset === true || template?.isLocked === true));
  return (
    <>
      <PageHead
        title={isNew ? words.create[kind] : (template?.name ?? words.one[kind])}
        trail={<a href={hrefOf('media-templates/:kind', kind)}>{words.kinds[kind]}</a>}
        beside={!isNew && template && <TemplatePills template={template} />}
      >
        {!isNew && template && may('templates:write') && <CopyButton template={template} />}
        {!isNew && template && <TemplateButtons template={template} onChanged={() => void open()} />}
      </PageHead>
      <ProblemNote problem={problem.value} />
      {!opened.value && !problem.value && <Busy />}
      {opened.value && (
        <div class="stack">
          {isFixed && template?.isPreset && <p class="hint">{words.presetHint}</p>}
          {isFixed ? (
            <section class="card">
              <fieldset disabled class="bare">
                <SchemaForm
                  field={opened.value.field}
                  value={asFields(template?.body, opened.value.field)}
                  errors={[]}
                  words={templateFormWords()}
                  onChange={() => {}}
                />
              </fieldset>
            </section>
          ) : (
            <TemplateEditor
              key={`${kind} ${params.id} ${template?.modifiedAt}`}
              kind={kind}
              isNew={isNew}
              field={opened.value.field}
              template={template}
              onSaved={() => void open()}
            />
          )}
          {!isNew && template && <TemplateUses template={template} />}
        </div>
      )}
    </>
  );
}

async function openTemplate(kind: TemplateKind, id: string | undefined): Promise<Opened | ApiProblem> {
  const field = await fieldsOf(kind);
  if (field === undefined) return { kind: 'unreachable' };
  if (id === undefined) return { field, template: undefined };
  const answer = await ask(`/media/templates/${kind}${pathOf(id)}`);
  return 'problem' in answer ? answer.problem : { field, template: readTemplate(answer.value) };
}

async function fieldsOf(kind: TemplateKind): Promise<Field | undefined> {
  if (kind === 'transcode') return TRANSCODE_FIELDS;
  if (kind === 'watermark') return WATERMARK_FIELDS;
  const answer = await ask('/media/templates/transcode?limit=200');
  if ('problem' in answer) return undefined;
  return groupFields(Object.fromEntries(readTemplates(answer.value).rows.map(({ id, name }) => [id, name])));
}

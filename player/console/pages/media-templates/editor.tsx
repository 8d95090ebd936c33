import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { type ApiProblem, announce, ProblemNote, patch, pathOf, post, TextField, useAction } from '../../kit/index.ts';
import { type Field, type FieldError, JsonEditor, SchemaForm } from '../../schema-form/index.ts';
import '../../schema-form/schema-form.css';
import { hrefOf } from '../../shell/href.ts';
import { asFields, asTexts } from './body.ts';
import { type MediaTemplate, readTemplate, type TemplateKind } from './read-templates.ts';
import { templateFormWords, templateWords } from './words.ts';

/** What a new one begins with. */
const STARTS: Readonly<Record<TemplateKind, object>> = {
  transcode: { Container: { Format: 'mp4' }, Video: { Codec: 'H.264', Height: 720, Crf: 23 }, Audio: { Codec: 'AAC' } },
  group: { TranscodeTemplateList: [{ Definition: 'HD' }] },
  watermark: { ReferPos: 'TopRight', Dx: 16, Dy: 16, Width: 0.1 },
};

/** The fields of a template, or its JSON, with what keeps it. */
export function TemplateEditor(props: {
  readonly kind: TemplateKind;
  readonly isNew: boolean;
  readonly field: Field;
  /** What it is, or what a new one begins as. */
  readonly template: MediaTemplate | undefined;
  readonly onSaved: () => void;
}): VNode {
  const { kind, isNew, field, template, onSaved } = props;
  const words = templateWords();
  const { route } = useLocation();
  const name = useSignal(template === undefined ? '' : isNew ? words.copyOf(template.name) : template.name);
  const id = useSignal('');
  const isJson = useSignal(false);
  const value = useSignal<unknown>(template ? asFields(template.body, field) : STARTS[kind]);
  const save = useAction(
    () => {
      const body = { name: name.value.trim(), body: asTexts(value.value) };
      if (!isNew && template) return patch(`/media/templates/${kind}${pathOf(template.id)}`, body);
      return post(`/media/templates/${kind}`, { ...body, ...(id.value === '' ? {} : { id: id.value.trim() }) });
    },
    (answer) => {
      announce(words.saved);
      if (isNew) route(hrefOf('media-templates/:kind/:id', kind, readTemplate(answer).id), true);
      else onSaved();
    },
  );
  const problem = save.problem.value;
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <ProblemNote problem={problem} />
      <div class="template-names">
        <TextField label={words.columns.name} value={name} name="name" problem={problem} isRequired />
        {isNew && (
          <TextField
            {...{ label: words.columns.id, hint: words.idHint, value: id, name: 'id', problem }}
            pattern="[A-Za-z0-9_\-]{1,64}"
          />
        )}
      </div>
      {isJson.value ? (
        <JsonEditor value={value} />
      ) : (
        <SchemaForm
          field={field}
          value={value.value}
          errors={errorsIn(problem)}
          words={templateFormWords()}
          onChange={(changed) => {
            value.value = changed ?? {};
          }}
        />
      )}
      <div class="form-actions">
        <button type="submit" aria-busy={save.isBusy.value} disabled={save.isBusy.value}>
          {words.save}
        </button>
        <button type="button" class="outline secondary" onClick={() => (isJson.value = !isJson.value)}>
          {isJson.value ? words.form : words.json}
        </button>
      </div>
    </form>
  );
}

/** The server's sentence begins with the field that it means: `Video.Crf must be ...`, in lists counted from 1. */
function errorsIn(problem: ApiProblem | undefined): readonly FieldError[] {
  if (problem?.kind !== 'refused' || problem.code !== 'TEMPLATE_INVALID') return [];
  const [, path, message] = /^(?:Config\.)?([A-Z][\w.]*) (.*)$/s.exec(problem.reason) ?? [];
  if (path === undefined || message === undefined) return [];
  const place = path.replaceAll(/\.(\d+)/g, (_, at: string) => `[${Number(at) - 1}]`);
  return [{ path: place, message }];
}

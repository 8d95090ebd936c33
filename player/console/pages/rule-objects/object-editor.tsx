import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { fields } from '../../answers/answer-fields.ts';
import {
  type ApiProblem,
  announce,
  ConfirmButton,
  may,
  ProblemNote,
  pathOf,
  post,
  put,
  queryOf,
  remove,
  TextField,
  useAction,
} from '../../kit/index.ts';
import { type FieldError, JsonEditor, SchemaForm } from '../../schema-form/index.ts';
import '../../schema-form/schema-form.css';
import { CheckNote } from './check-note.tsx';
import type { Opened } from './edit-page.tsx';
import { apiPathOf, idOf, nameOf, type ObjectKind } from './kinds.ts';
import { formWords, objectWords } from './words.ts';
import './rule-objects.css';

/** The fields of an object, with what saves, checks and deletes it. */
export function ObjectEditor(props: {
  readonly kind: ObjectKind;
  readonly opened: Opened;
  readonly onReload: () => Promise<void>;
}): VNode {
  const words = objectWords();
  const { kind, opened } = props;
  const { route } = useLocation();
  const value = useSignal<unknown>(opened.value);
  const reason = useSignal('');
  const isJson = useSignal(false);
  const isWaiting = useSignal(false);
  const query = () => queryOf({ reason: reason.value });
  const save = useAction(
    () => {
      if (opened.id === undefined) return post(`${apiPathOf(kind)}${query()}`, value.value);
      return put(`${apiPathOf(kind)}${pathOf(opened.id)}${query()}`, value.value, { etag: opened.etag });
    },
    (answer) => {
      isWaiting.value = isPending(answer);
      if (isWaiting.value) return;
      announce(words.saved);
      const id = idOf(kind, answer);
      if (id === opened.id) void props.onReload();
      else route(`/console/${kind.path}/${encodeURIComponent(id)}`, true);
    },
  );
  const isFixed = opened.isFile || !may(kind.write);
  return (
    <form
      class="card object-editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <ProblemNote problem={save.problem.value} />
      {isWaiting.value && (
        <p role="status">
          {words.waits} <a href="/console/approvals">{words.toApprovals}</a>
        </p>
      )}
      <fieldset disabled={isFixed} class="bare">
        {isJson.value ? (
          <JsonEditor value={value} />
        ) : (
          <SchemaForm
            field={opened.field}
            value={value.value}
            errors={errorsIn(save.problem.value)}
            words={formWords()}
            onChange={(changed) => {
              value.value = changed ?? {};
            }}
          />
        )}
        <TextField label={words.reason} hint={words.reasonHint} value={reason} />
      </fieldset>
      <CheckNote kind={kind} value={value} />
      <div class="form-actions">
        <button type="submit" aria-busy={save.isBusy.value} disabled={isFixed || save.isBusy.value}>
          {words.save}
        </button>
        <button type="button" class="outline secondary" onClick={() => (isJson.value = !isJson.value)}>
          {isJson.value ? words.form : words.json}
        </button>
        {opened.id !== undefined && !isFixed && (
          <ConfirmButton
            label={words.remove}
            title={words.removeTitle(nameOf(kind, opened.value))}
            act={() => remove(`${apiPathOf(kind)}${pathOf(opened.id ?? '')}${query()}`, { etag: opened.etag })}
            onDone={(answer) => {
              isWaiting.value = isPending(answer);
              if (!isWaiting.value) route(`/console/${kind.path}`);
            }}
          >
            <p>{words.removeBody}</p>
          </ConfirmButton>
        )}
      </div>
    </form>
  );
}

/** An approval in place of what was asked for: a second person decides. */
function isPending(answer: unknown): boolean {
  const { state, risks } = fields(answer);
  return state === 'pending' && Array.isArray(risks);
}

function errorsIn(problem: ApiProblem | undefined): readonly FieldError[] {
  if (problem?.kind !== 'refused') return [];
  return Object.entries(problem.fields ?? {}).map(([path, message]) => ({
    path: path.replace(/^body\.?/, ''),
    message,
  }));
}

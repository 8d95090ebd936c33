import { useSignal } from '@preact/signals';
import type { ComponentType, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { fields } from '../../answers/answer-fields.ts';
import {
  type ApiProblem,
  ask,
  Busy,
  Empty,
  isMissing,
  language,
  PageHead,
  ProblemNote,
  pathOf,
} from '../../kit/index.ts';
import { type Field, withoutDefaults } from '../../schema-form/index.ts';
import { apiPathOf, nameOf, type ObjectKind } from './kinds.ts';
import { originOf } from './list-page.tsx';
import { ObjectEditor } from './object-editor.tsx';
import { fieldsOfBody, withoutTold } from './schema-of.ts';
import { objectWords } from './words.ts';

/** An object as it was read, with the fields that it may have. */
export type Opened = {
  readonly field: Field;
  readonly value: unknown;
  readonly etag: string | undefined;
  /** Undefined for one that is not there yet. */
  readonly id: string | undefined;
  readonly isFile: boolean;
};

export type BesideProps = {
  readonly id: string;
  readonly object: unknown;
  /** Reads the object again, after it was changed beside its fields. */
  readonly onReload: () => Promise<void>;
};

/** One object: what it is, its fields, and what can be done with it; `Beside` adds what only its kind has. */
export function ObjectEditPage(props: {
  readonly kind: ObjectKind;
  readonly Beside?: ComponentType<BesideProps>;
}): VNode {
  const { kind, Beside } = props;
  const { params } = useRoute();
  const id = params.id === '+' ? undefined : params.id;
  const opened = useSignal<Opened | undefined>(undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const words = objectWords();
  const open = async () => {
    const found = await openObject(kind, id);
    if ('problem' in found) problem.value = found.problem;
    else opened.value = found;
  };
  useEffect(() => {
    opened.value = undefined;
    void open();
  }, [kind, id]);
  const one = kind.one[language.value];
  const title = id === undefined ? words.create(one) : opened.value ? nameOf(kind, opened.value.value) : id;
  return (
    <>
      <PageHead title={title} trail={<a href={`/console/${kind.path}`}>{kind.title[language.value]}</a>} />
      <div class="stack">
        {isMissing(problem.value) ? (
          <Empty title={words.missing(one, id ?? '')}>
            <p>{words.missingHint}</p>
          </Empty>
        ) : (
          <ProblemNote problem={problem.value} />
        )}
        {!opened.value && !problem.value && <Busy />}
        {opened.value?.isFile && <p class="hint">{words.isFile}</p>}
        {opened.value && (
          <ObjectEditor key={`${id} ${opened.value.etag}`} kind={kind} opened={opened.value} onReload={open} />
        )}
        {opened.value && id !== undefined && Beside && <Beside id={id} object={opened.value.value} onReload={open} />}
      </div>
    </>
  );
}

async function openObject(kind: ObjectKind, id: string | undefined): Promise<Opened | { problem: ApiProblem }> {
  const field = await fieldsOfBody(kind);
  if (field === undefined) return { problem: { kind: 'unreachable' } };
  if (id === undefined) return { field, value: kind.start, etag: undefined, id, isFile: false };
  const answer = await ask(`${apiPathOf(kind)}${pathOf(id)}`);
  if ('problem' in answer) return answer;
  const object = withoutTold(kind, fields(answer.value));
  const isFile = originOf(answer.value) === 'file';
  return { field, value: withoutDefaults(object, field), etag: answer.etag, id, isFile };
}

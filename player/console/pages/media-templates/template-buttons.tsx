import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import {
  announce,
  ConfirmDialog,
  may,
  ProblemNote,
  patch,
  pathOf,
  problemIn,
  remove,
  useAction,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { MediaTemplate } from './read-templates.ts';
import { templateWords } from './words.ts';

/** Lock, make the default, delete. A preset has none of them. */
export function TemplateButtons(props: {
  readonly template: MediaTemplate;
  readonly onChanged: () => void;
}): VNode | null {
  const { kind, id, name, isPreset, isDefault, isLocked } = props.template;
  const words = templateWords();
  const { route } = useLocation();
  const isAsked = useSignal(false);
  const path = `/media/templates/${kind}${pathOf(id)}`;
  const change = useAction(
    (changes: object) => patch(path, changes),
    () => {
      announce(words.saved);
      props.onChanged();
    },
  );
  if (isPreset || !may('templates:write')) return null;
  const confirm = async () => {
    const problem = problemIn(await remove(path));
    if (!problem) route(hrefOf('media-templates/:kind', kind));
    return problem;
  };
  const button = (says: string, changes: object) => (
    <button type="button" class="outline" aria-busy={change.isBusy.value} onClick={() => void change.run(changes)}>
      {says}
    </button>
  );
  return (
    <>
      <ProblemNote problem={change.problem.value} />
      {kind === 'group' && !isDefault && !isLocked && button(words.makeDefault, { isDefault: true })}
      {isLocked ? button(words.unlock, { isLocked: false }) : button(words.lock, { isLocked: true })}
      {!isLocked && (
        <button type="button" class="outline danger-outline" onClick={() => (isAsked.value = true)}>
          {words.remove}
        </button>
      )}
      {isAsked.value && (
        <ConfirmDialog
          title={words.removeTitle(name)}
          confirm={words.remove}
          isDangerous
          onConfirm={confirm}
          onClose={() => (isAsked.value = false)}
        >
          <p>{words.removeBody}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

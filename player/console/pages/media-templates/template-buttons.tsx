import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { announce, ConfirmButton, may, ProblemNote, patch, pathOf, remove, useAction } from '../../kit/index.ts';
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
  const path = `/media/templates/${kind}${pathOf(id)}`;
  const change = useAction(
    (changes: object) => patch(path, changes),
    () => {
      announce(words.saved);
      props.onChanged();
    },
  );
  if (isPreset || !may('templates:write')) return null;
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
        <ConfirmButton
          label={words.remove}
          title={words.removeTitle(name)}
          act={() => remove(path)}
          onDone={() => route(hrefOf('media-templates/:kind', kind))}
        >
          <p>{words.removeBody}</p>
        </ConfirmButton>
      )}
    </>
  );
}

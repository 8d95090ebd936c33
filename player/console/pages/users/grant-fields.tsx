import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { type Grant, ROLES } from './read-users.ts';
import { userWords } from './words.ts';

/** The roles of a user, each with where it is held. */
export function GrantFields({ grants }: { readonly grants: Signal<readonly Grant[]> }): VNode {
  const words = userWords();
  const replace = (at: number, grant: Grant) => {
    grants.value = grants.value.map((each, index) => (index === at ? grant : each));
  };
  const without = (at: number) => {
    grants.value = grants.value.filter((_, index) => index !== at);
  };
  return (
    <fieldset>
      <legend>{words.grants}</legend>
      {grants.value.map((grant, index) => (
        <GrantField
          key={`${index} of ${grants.value.length}`}
          grant={grant}
          onChange={(changed) => replace(index, changed)}
          onRemove={() => without(index)}
        />
      ))}
      <button
        type="button"
        class="outline secondary"
        onClick={() => {
          grants.value = [...grants.value, { role: 'monitor', resources: ['*'] }];
        }}
      >
        {words.addGrant}
      </button>
    </fieldset>
  );
}

function GrantField(props: {
  readonly grant: Grant;
  readonly onChange: (grant: Grant) => void;
  readonly onRemove: () => void;
}): VNode {
  const words = userWords();
  const id = useId();
  const { role, resources } = props.grant;
  return (
    <div class="grant">
      <label for={`${id}-role`}>{words.role}</label>
      <select
        id={`${id}-role`}
        value={role}
        onChange={({ currentTarget }) => props.onChange({ role: currentTarget.value, resources })}
      >
        {ROLES.map((each) => (
          <option key={each} value={each} selected={each === role}>
            {each}: {words.roles[each]}
          </option>
        ))}
      </select>
      <label for={`${id}-where`}>{words.resources}</label>
      <textarea
        id={`${id}-where`}
        aria-describedby={`${id}-hint`}
        rows={Math.max(1, resources.length)}
        spellcheck={false}
        value={resources.join('\n')}
        onChange={({ currentTarget }) => props.onChange({ role, resources: linesOf(currentTarget.value) })}
      />
      <small id={`${id}-hint`}>{words.resourcesHint}</small>
      <button type="button" class="outline secondary" onClick={props.onRemove}>
        {words.removeGrant(role)}
      </button>
    </div>
  );
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

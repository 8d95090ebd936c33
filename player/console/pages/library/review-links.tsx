import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, text } from '../../answers/answer-fields.ts';
import {
  Card,
  CopyField,
  Moment,
  may,
  ProblemNote,
  pathOf,
  post,
  remove,
  TextField,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { readLinks } from './read-assets.ts';
import { libraryWords } from './words.ts';

/** Links by which an asset is seen that is not published. */
export function ReviewLinks({ id }: { readonly id: string }): VNode {
  const words = libraryWords();
  const polled = usePoll({ path: `/assets${pathOf(id)}/links`, read: readLinks });
  const note = useSignal('');
  const hours = useSignal('72');
  const shown = useSignal<string | undefined>(undefined);
  const changed = () => void polled.askNow();
  const create = useAction(
    () => post(`/assets${pathOf(id)}/links`, { note: note.value.trim(), hours: Number(hours.value) }),
    (answer) => {
      const { url, token } = fields(answer);
      shown.value = text(url) ?? text(token);
      changed();
    },
  );
  const end = useAction((link: string) => remove(`/assets${pathOf(id)}/links${pathOf(link)}`), changed);
  const { value: links, problem } = polled.state.value;
  return (
    <Card title={words.links}>
      <p class="hint">{words.linksHint}</p>
      <ProblemNote problem={problem ?? create.problem.value ?? end.problem.value} />
      <ul class="review-links">
        {links?.map((link) => (
          <li key={link.id}>
            <span>
              <strong>{link.note || link.id.slice(0, 8)}</strong> {words.opened(link.opened)} ·{' '}
              {link.revokedAt === undefined ? (
                <>
                  {words.until} <Moment at={link.expiresAt} />
                </>
              ) : (
                words.revoked
              )}
            </span>
            {link.revokedAt === undefined && may('assets:write') && (
              <button
                type="button"
                class="plain"
                aria-label={`${words.revoke}: ${link.note || link.id.slice(0, 8)}`}
                onClick={() => void end.run(link.id)}
              >
                {words.revoke}
              </button>
            )}
          </li>
        ))}
      </ul>
      {shown.value !== undefined && (
        <div role="status">
          <p>{words.linkShown}</p>
          <CopyField label={words.newLink} value={shown.value} />
        </div>
      )}
      {may('assets:write') && (
        <form
          class="review-link-form"
          onSubmit={(event) => {
            event.preventDefault();
            void create.run();
          }}
        >
          <TextField label={words.linkNote} value={note} />
          <TextField label={words.linkHours} value={hours} type="number" min={1} max={8760} isRequired />
          <button type="submit" class="outline" aria-busy={create.isBusy.value}>
            {words.newLink}
          </button>
        </form>
      )}
    </Card>
  );
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { SearchIcon } from '../../../icons/index.ts';
import { PageHead, queryOf, TextField } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { RecordingsList } from './recordings-list.tsx';
import { recordingsWords } from './words.ts';

/** Everything that was recorded, or what was of one stream. */
export function Page(): VNode {
  const words = recordingsWords();
  const { query, route } = useLocation();
  const stream = useSignal(query.stream ?? '');
  const submit = (event: Event) => {
    event.preventDefault();
    route(`${hrefOf('recordings')}${queryOf({ stream: stream.value.trim() })}`);
  };
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <search>
        <form class="recordings-filter" onSubmit={submit}>
          <TextField label={words.stream} placeholder={words.anyStream} value={stream} type="search" />
          <button type="submit" class="outline secondary">
            <SearchIcon /> {words.find}
          </button>
        </form>
      </search>
      <RecordingsList filter={query.stream === undefined ? {} : { stream: query.stream }} />
    </>
  );
}

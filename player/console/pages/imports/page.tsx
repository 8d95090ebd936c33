import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Card, may, PageHead, ProblemNote, post, SelectField, TextAreaField, useAction } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { TemplateGroupField } from '../library/template-group-field.tsx';
import { useStorages } from '../library/use-storages.ts';
import { type ImportReport, readRegistered, readReport } from './read-report.ts';
import { Report } from './report.tsx';
import { UploadsCard } from './uploads-card.tsx';
import { importWords } from './words.ts';

/** Many assets at once: by a table of addresses and objects, or of what is in a storage already. */
export function Page(): VNode {
  const words = importWords();
  const storages = useStorages();
  const imports = useSignal(0);
  const imported = () => {
    imports.value += 1;
  };
  const choices = [{ value: '', words: words.usualStorage }, ...storages.map((name) => ({ value: name, words: name }))];
  return (
    <>
      <PageHead title={words.title} hint={words.hint} trail={<a href={hrefOf('library')}>{words.toLibrary}</a>} />
      <div class="stack">
        <Table choices={choices} onImported={imported} />
        <Objects choices={choices} onImported={imported} />
        {may('assets:read') && <UploadsCard key={imports.value} />}
      </div>
    </>
  );
}

type Props = {
  readonly choices: readonly { readonly value: string; readonly words: string }[];
  readonly onImported: () => void;
};

const EXAMPLE = `url,object,title,tags,category,referenceId
https://example.com/film.mp4,,A film,news;evening,,
,uploads/talk.mov,A talk,,,
`;

/** Looks the table over first; what was looked over and not changed since may be imported. */
function Table({ choices, onImported }: Props): VNode {
  const words = importWords();
  const csv = useSignal('');
  const storage = useSignal('');
  const report = useSignal<ImportReport | undefined>(undefined);
  const looked = useSignal('');
  const send = useAction(
    (dryRun: boolean) => {
      const body = { csv: csv.value, dryRun, ...(storage.value === '' ? {} : { storage: storage.value }) };
      return post('/assets/import', body);
    },
    (answer) => {
      report.value = readReport(answer);
      if (!report.value.isDryRun) onImported();
      looked.value = report.value.isDryRun ? `${storage.value} ${csv.value}` : '';
    },
  );
  const isLooked = looked.value === `${storage.value} ${csv.value}` && report.value?.isDryRun === true;
  const take = async (file: File | undefined) => {
    if (file) csv.value = await file.text();
  };
  return (
    <Card title={words.table}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send.run(true);
        }}
      >
        <p class="hint">{words.tableHint}</p>
        <ProblemNote problem={send.problem.value} />
        <div class="field">
          <label for="import-file">{words.file}</label>
          <input
            id="import-file"
            type="file"
            accept=".csv,text/csv"
            onChange={({ currentTarget }) => void take(currentTarget.files?.[0])}
          />
        </div>
        <TextAreaField label="CSV" hint={words.csvHint} value={csv} rows={7} isRequired />
        <SelectField label={words.storage} value={storage} choices={choices} />
        <div class="form-actions">
          <button type="submit" class={isLooked ? 'outline' : undefined} aria-busy={send.isBusy.value}>
            {words.lookOver}
          </button>
          <button
            type="button"
            class={isLooked ? undefined : 'outline'}
            disabled={!isLooked || report.value?.good === 0 || send.isBusy.value}
            onClick={() => void send.run(false)}
          >
            {words.doImport(isLooked ? (report.value?.good ?? 0) : 0)}
          </button>
          <button type="button" class="plain" onClick={() => (csv.value = EXAMPLE)}>
            {words.example}
          </button>
        </div>
      </form>
      {report.value && <Report report={report.value} first={words.columns.line} />}
    </Card>
  );
}

/** Makes assets of objects by their names; they stay where they are. */
function Objects({ choices, onImported }: Props): VNode {
  const words = importWords();
  const names = useSignal('');
  const storage = useSignal('');
  const group = useSignal('');
  const report = useSignal<ImportReport | undefined>(undefined);
  const register = useAction(
    () => {
      const common = {
        ...(storage.value === '' ? {} : { storage: storage.value }),
        ...(group.value === '' ? {} : { templateGroup: group.value }),
      };
      const objects = names.value.split('\n').flatMap((line) => {
        return line.trim() === '' ? [] : [{ object: line.trim(), ...common }];
      });
      return post('/assets/register', { objects });
    },
    (answer) => {
      report.value = readRegistered(answer);
      onImported();
    },
  );
  return (
    <Card title={words.objects}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void register.run();
        }}
      >
        <p class="hint">{words.objectsHint}</p>
        <ProblemNote problem={register.problem.value} />
        <TextAreaField label={words.names} hint={words.namesHint} value={names} rows={5} isRequired />
        <SelectField label={words.storage} value={storage} choices={choices} />
        <TemplateGroupField value={group} />
        <div class="form-actions">
          <button type="submit" aria-busy={register.isBusy.value} disabled={register.isBusy.value}>
            {words.register}
          </button>
        </div>
      </form>
      {report.value && <Report report={report.value} first={words.columns.object} />}
    </Card>
  );
}

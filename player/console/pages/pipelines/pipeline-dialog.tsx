import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { text } from '../../answers/answer-fields.ts';
import { announce, FormDialog, patch, pathOf, post, TextField, useAction } from '../../kit/index.ts';
import type { Pipeline } from './read-pipelines.ts';
import { pipelineWords } from './words.ts';

/** Makes a pipeline, or changes its name, its quotas and whom it tells. */
export function PipelineDialog(props: {
  readonly pipeline?: Pipeline;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}): VNode {
  const { pipeline, onChanged, onClose } = props;
  const words = pipelineWords();
  const id = useSignal(pipeline?.id ?? '');
  const name = useSignal(pipeline?.name ?? '');
  const quota = useSignal(String(pipeline?.quota ?? 10));
  const ofOne = useSignal(pipeline?.submitterQuota === undefined ? '' : String(pipeline.submitterQuota));
  const url = useSignal(text(pipeline?.notify?.url) ?? '');
  const save = useAction(
    () => {
      const told = url.value.trim() === '' ? undefined : { ...pipeline?.notify, url: url.value.trim() };
      const quotas = { quota: Number(quota.value), ...(name.value.trim() === '' ? {} : { name: name.value.trim() }) };
      const submitterQuota = ofOne.value === '' ? undefined : Number(ofOne.value);
      if (pipeline === undefined)
        return post('/pipelines', { id: id.value.trim(), ...quotas, submitterQuota, notify: told });
      const changes = { ...quotas, submitterQuota: submitterQuota ?? null, notify: told ?? null };
      return patch(`/pipelines${pathOf(pipeline.id)}`, changes);
    },
    () => {
      announce(words.saved);
      onChanged();
      onClose();
    },
  );
  const problem = save.problem.value;
  const most = { type: 'number', min: 1, max: 100_000, problem } as const;
  return (
    <FormDialog
      title={pipeline ? words.changeTitle(pipeline.name) : words.create}
      submit={words.save}
      action={save}
      onClose={onClose}
    >
      {!pipeline && (
        <TextField
          {...{ label: words.id, hint: words.idHint, value: id, name: 'id', problem, isRequired: true }}
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
        />
      )}
      <TextField {...{ label: words.columns.name, value: name, name: 'name', problem }} />
      <TextField {...{ ...most, label: words.quota, hint: words.quotaHint, value: quota, name: 'quota' }} isRequired />
      <TextField
        {...{ ...most, label: words.submitterQuota, hint: words.submitterQuotaHint, value: ofOne }}
        name="submitterQuota"
      />
      <TextField
        {...{ label: words.notify, hint: words.notifyHint, value: url, type: 'url', name: 'notify', problem }}
      />
    </FormDialog>
  );
}

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { FormDialog, post, TextAreaField, useAction } from '../../kit/index.ts';
import { certificateWords } from './words.ts';

/** Takes a certificate with its key, or orders one by ACME. */
export function NewCertificateDialog(props: {
  readonly how: 'upload' | 'order';
  readonly onMade: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = certificateWords();
  const certificate = useSignal('');
  const key = useSignal('');
  const hosts = useSignal('');
  const isOrder = props.how === 'order';
  const make = useAction(() => {
    const named = hosts.value.split(/\s+/).filter((host) => host !== '');
    if (isOrder) return post('/certificates/order', { hosts: named });
    const pair = { certificate: certificate.value, key: key.value };
    return post('/certificates', { ...pair, ...(named.length > 0 && { hosts: named }) });
  }, props.onMade);
  const problem = make.problem.value;
  return (
    <FormDialog
      title={isOrder ? words.order : words.upload}
      submit={isOrder ? words.place : words.save}
      action={make}
      onClose={props.onClose}
    >
      {!isOrder && (
        <>
          <TextAreaField
            {...{ label: words.certificate, value: certificate, name: 'certificate', problem, isRequired: true }}
          />
          <TextAreaField {...{ label: words.key, value: key, name: 'key', problem, isRequired: true }} />
        </>
      )}
      <TextAreaField
        {...{ label: words.hosts, value: hosts, name: 'hosts', problem, isRequired: isOrder, rows: 2 }}
        hint={isOrder ? words.orderHint : words.hostsHint}
      />
    </FormDialog>
  );
}

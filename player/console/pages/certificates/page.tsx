import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import type { Finding } from '../../answers/answer-types.ts';
import { readFinding } from '../../answers/read-answers.ts';
import {
  Ago,
  announce,
  type Column,
  ConfirmButton,
  Empty,
  Findings,
  type ListPage,
  may,
  PagedTable,
  PageHead,
  pathOf,
  remove,
  usePagedList,
} from '../../kit/index.ts';
import { NewCertificateDialog } from './new-certificate-dialog.tsx';
import { certificateWords } from './words.ts';

type Certificate = {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly issuer: string;
  readonly expiresAt: string;
  readonly source: string;
  readonly finding: Finding | undefined;
};

function readCertificates(answer: unknown): ListPage<Certificate> {
  const { certificates, nextCursor } = fields(answer);
  const rows = list(certificates).map((certificate) => {
    const { id, hosts, names, issuer, expiresAt, source, finding } = fields(certificate);
    const named = list(hosts).length > 0 ? list(hosts) : list(names);
    return {
      id: text(id) ?? '',
      hosts: named.map(String),
      issuer: text(issuer) ?? '',
      expiresAt: text(expiresAt) ?? '',
      source: text(source) ?? '',
      finding: finding === undefined ? undefined : readFinding(finding),
    };
  });
  return { rows, cursor: text(nextCursor) };
}

export function Page(): VNode {
  const words = certificateWords();
  const certificates = usePagedList({ path: '/certificates', read: readCertificates });
  const making = useSignal<'upload' | 'order' | undefined>(undefined);
  const hostsOf = ({ hosts }: Certificate) => hosts.join(', ') || words.anybody;
  const columns: Column<Certificate>[] = [
    { head: words.columns.hosts, cell: (certificate) => <strong>{hostsOf(certificate)}</strong> },
    { head: words.columns.issuer, cell: ({ issuer }) => <small>{issuer}</small> },
    { head: words.columns.expires, cell: (certificate) => <Expiry certificate={certificate} /> },
    { head: words.columns.source, cell: ({ source }) => words.sources[source] ?? source },
    {
      ...{ head: words.columns.actions, isActions: true },
      cell: (certificate) =>
        may('certificates:write') &&
        certificate.source !== 'file' && (
          <ConfirmButton
            label={words.remove}
            title={words.removeTitle(hostsOf(certificate))}
            act={() => remove(`/certificates${pathOf(certificate.id)}`)}
            onDone={() => void certificates.reload()}
          >
            <p>{words.removeBody}</p>
          </ConfirmButton>
        ),
    },
  ];
  const made = () => {
    making.value = undefined;
    announce(words.saved);
    void certificates.reload();
  };
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('certificates:write') && (
          <>
            <button type="button" onClick={() => (making.value = 'upload')}>
              {words.upload}
            </button>
            <button type="button" class="outline" onClick={() => (making.value = 'order')}>
              {words.order}
            </button>
          </>
        )}
      </PageHead>
      <PagedTable
        list={certificates}
        columns={columns}
        caption={words.title}
        keyOf={({ id }) => id}
        empty={
          <Empty title={words.empty}>
            <p>{words.emptyHint}</p>
          </Empty>
        }
      />
      {making.value && (
        <NewCertificateDialog how={making.value} onMade={made} onClose={() => (making.value = undefined)} />
      )}
    </>
  );
}

function Expiry({ certificate }: { readonly certificate: Certificate }): VNode {
  return (
    <span>
      <Ago at={certificate.expiresAt} />
      {certificate.finding && <Findings findings={[certificate.finding]} tone="warn" />}
    </span>
  );
}

import { join } from 'node:path';
import { Acme, AcmeError, type Certificates, newAcmeAccountKey } from '../certificates/index.ts';
import { type CertificateDoor, CertificateShelf, OperationError } from '../operations/index.ts';
import {
  CertificateTable,
  readAcmeAccount,
  readCertificates,
  type SecretBox,
  writeAcmeAccount,
  writeCertificates,
} from '../store/index.ts';
import type { Base } from './base.ts';
import type { Doors } from './doors.ts';
import { ListenError } from './listen.ts';
import type { State } from './open-state.ts';
import { shareCertificates } from './share-certificates.ts';

const HOUR_MS = 3_600_000;
const RENEW_EVERY_MS = 6 * HOUR_MS;
/** So long before its end a certificate is renewed; authorities give them for 90 days. */
const RENEW_BEFORE_MS = 30 * 24 * HOUR_MS;

/** Certificates that were uploaded or ordered, on the TLS doors at once, and renewed where they were ordered. */
export async function openCertificateShelf(
  { config, log, clock, metrics, closer }: Base,
  { box, store }: Pick<State, 'box' | 'store'>,
  { certificates, doors }: { readonly certificates: Certificates; readonly doors: Doors },
): Promise<{ readonly shelf: CertificateShelf; readonly door: CertificateDoor; readonly acme: Acme }> {
  const { dataDir, tls } = config;
  const table = new CertificateTable({ store, log });
  let labels: string[] = [];
  const shelf = new CertificateShelf({
    stored: await readCertificates(dataDir),
    ...{ box, shared: table, wallMs: clock.wallMs },
    keep: (all) => writeCertificates(dataDir, all),
    show: async (pairs) => {
      certificates.give(pairs);
      for (const file of labels) metrics.certificateExpiry.remove({ file });
      labels = pairs.map(({ hosts }) => `for ${hosts.join(', ')}`);
      for (const [index, { pair }] of pairs.entries()) {
        metrics.certificateExpiry.set({ file: labels[index] ?? '' }, pair.expiresAtMs / 1000);
      }
      if (pairs.length > 0 && doors.areMediaOpen) await doors.openTls().catch(doorClosed);
    },
    onDamaged: (id, error) => log.error({ id, error }, 'certificate cannot be used'),
  });
  await shelf.show();
  closer.add('shared certificates', shareCertificates(table, shelf, log));
  const acme = new Acme({
    directoryUrl: tls.acme.directoryUrl,
    email: tls.acme.email ?? undefined,
    accountKey: () => accountKey(dataDir, box),
  });
  const order = async (hosts: readonly string[], by: string) => {
    const { cert, key } = await acme.order(hosts).catch((error: unknown) => {
      throw error instanceof AcmeError ? notIssued(error) : error;
    });
    return shelf.add({ cert, key, hosts, source: 'acme', by });
  };
  /** Of several nodes one does, or whichever has no database now. */
  const mayRenew = async (id: string) => {
    const isUnshared = shelf.unshared().some((each) => each.id === id);
    return isUnshared || !table.isReady || table.claimRenewal(id).catch(() => false);
  };
  const renew = async () => {
    const due = shelf
      .all()
      .filter(({ source, pair }) => source === 'acme' && pair.expiresAtMs - clock.wallMs() < RENEW_BEFORE_MS);
    for (const { id, hosts, by } of due) {
      if (!(await mayRenew(id))) continue;
      await order(hosts, by).then(
        () => log.info({ hosts }, 'certificate renewed'),
        (error: unknown) => log.error({ hosts, error }, 'certificate could not be renewed'),
      );
    }
  };
  const timer = setInterval(() => void renew(), RENEW_EVERY_MS).unref();
  void renew();
  closer.add('renewal of certificates', { close: () => clearInterval(timer) });
  const door: CertificateDoor = {
    all: () => [
      ...shelf.all(),
      ...certificates.files.map(({ hosts, file, pair }) => ({ id: file, hosts, source: 'file' as const, pair })),
    ],
    shelf,
    order: (hosts, by) => (tls.acme.termsAgreed === 'yes' ? order(hosts, by) : Promise.reject(notAgreed())),
    wallMs: clock.wallMs,
  };
  return { shelf, door, acme };
}

async function accountKey(dataDir: string, box: SecretBox): Promise<string> {
  const kept = await readAcmeAccount(join(dataDir, 'acme-account.sealed'), box);
  if (kept !== undefined) return kept;
  const made = await newAcmeAccountKey();
  await writeAcmeAccount(join(dataDir, 'acme-account.sealed'), box, made);
  return made;
}

const doorClosed = (error: unknown) => {
  if (!(error instanceof ListenError)) throw error;
  const remedy = 'The certificate is kept, and shown once the door is open: restart the server then.';
  throw new OperationError(503, 'DOOR_CLOSED', error.message, remedy);
};

const notAgreed = () =>
  new OperationError(
    409,
    'ACME_OFF',
    'nothing may be ordered yet',
    "Read the authority's terms, then set tls.acme.termsAgreed to yes in the configuration.",
  );

const notIssued = ({ message }: AcmeError) =>
  new OperationError(
    502,
    'NOT_ISSUED',
    `the authority gave no certificate: ${message}`,
    'Check that the hosts lead here and that port 80 leads to the playback door; GET /domains/{name}/check tells.',
  );

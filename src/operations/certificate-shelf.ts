import { randomUUID } from 'node:crypto';
import { CertificateError, checkChain, type GivenPair, type KeyPair, keyPairOf } from '../certificates/index.ts';
import { certificatePlace, type SecretBox, type StoredCertificate } from '../store/index.ts';
import { OperationError } from './base/index.ts';

/** A certificate that was uploaded or ordered. */
export type ShelvedCertificate = Omit<StoredCertificate, 'cert' | 'sealedKey'> & { readonly pair: KeyPair };

export type CertificateShelfOptions = {
  readonly stored: readonly StoredCertificate[];
  readonly box: Pick<SecretBox, 'seal' | 'open'>;
  readonly wallMs: () => number;
  /** Keeps all of them, over a restart. */
  readonly keep: (certificates: readonly StoredCertificate[]) => Promise<void>;
  /** Shows them from now on; resolves when the doors listen. */
  readonly show: (pairs: readonly GivenPair[]) => Promise<void>;
  /** A kept one can't be used. */
  readonly onDamaged: (id: string, error: unknown) => void;
};

export type NewCertificate = {
  readonly cert: string;
  readonly key: string;
  /** Left out, the names of the certificate. */
  readonly hosts?: readonly string[] | undefined;
  readonly source: StoredCertificate['source'];
  readonly by: string;
};

type Kept = { readonly shelved: ShelvedCertificate; readonly stored: StoredCertificate };

const MOST = 1000;

/** Certificates of hosts, beside those of files: kept with their keys sealed, and shown at once. */
export class CertificateShelf {
  readonly #options: CertificateShelfOptions;
  #all: readonly Kept[];

  constructor(options: CertificateShelfOptions) {
    this.#options = options;
    this.#all = options.stored.flatMap((stored) => {
      try {
        const key = Buffer.from(options.box.open(stored.sealedKey, certificatePlace(stored.id)));
        return [{ stored, shelved: shelvedOf(stored, keyPairOf({ cert: Buffer.from(stored.cert), key })) }];
      } catch (error) {
        options.onDamaged(stored.id, error);
        return [];
      }
    });
  }

  all(): readonly ShelvedCertificate[] {
    return this.#all.map(({ shelved }) => shelved);
  }

  /** What there is from the start. */
  async show(): Promise<void> {
    await this.#options.show(this.#given());
  }

  /** Takes the place of those for the same hosts. Throws OperationError where it can't serve. */
  async add({ cert, key, hosts, source, by }: NewCertificate): Promise<ShelvedCertificate> {
    const { wallMs, box } = this.#options;
    const pair = checked(cert, key, wallMs());
    const named = (hosts ?? pair.names).map((host) => host.toLowerCase());
    const foreign = named.filter((host) => !isFor(pair, host));
    if (foreign.length > 0 || named.length === 0) {
      const remedy = 'Leave hosts out, or order a certificate that names them.';
      throw bad(
        'NOT_FOR_HOST',
        `the certificate is for ${pair.names.join(', ')}, not for ${foreign.join(', ')}`,
        remedy,
      );
    }
    const id = randomUUID();
    const stored: StoredCertificate = {
      ...{ id, hosts: named, cert, sealedKey: box.seal(key, certificatePlace(id)), source },
      ...{ addedMs: wallMs(), by },
    };
    const shelved = shelvedOf(stored, pair);
    const others = this.#all.filter(({ stored: { hosts: theirs } }) => !theirs.every((host) => named.includes(host)));
    if (others.length >= MOST)
      throw bad('LIMIT', 'there are too many certificates', 'Delete those that are not needed.');
    await this.#set([{ shelved, stored }, ...others]);
    return shelved;
  }

  /** False where there is none. */
  async remove(id: string): Promise<boolean> {
    const left = this.#all.filter(({ stored }) => stored.id !== id);
    if (left.length === this.#all.length) return false;
    await this.#set(left);
    return true;
  }

  async #set(all: readonly Kept[]): Promise<void> {
    await this.#options.keep(all.map(({ stored }) => stored));
    this.#all = all;
    await this.show();
  }

  #given(): GivenPair[] {
    return this.#all.map(({ shelved: { hosts, pair } }) => ({ hosts, pair }));
  }
}

function shelvedOf({ cert: _, sealedKey: __, ...rest }: StoredCertificate, pair: KeyPair): ShelvedCertificate {
  return { ...rest, pair };
}

function checked(cert: string, key: string, nowMs: number): KeyPair {
  try {
    const pair = keyPairOf({ cert: Buffer.from(cert), key: Buffer.from(key) });
    checkChain(pair);
    if (pair.expiresAtMs > nowMs) return pair;
    throw bad('EXPIRED', `the certificate expired on ${pair.certificate.validTo}`, 'Renew it.');
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw bad(
      error.code,
      error.message,
      'Give the certificate with its chain, and its key without a password, in PEM.',
    );
  }
}

/** Wildcards are compared as they stand. */
function isFor({ certificate, names }: KeyPair, host: string): boolean {
  return names.some((name) => name.toLowerCase() === host) || certificate.checkHost(host) !== undefined;
}

const bad = (code: string, message: string, remedy: string) => new OperationError(400, code, message, remedy);

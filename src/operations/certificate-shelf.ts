import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { CertificateError, checkChain, type GivenPair, type KeyPair, keyPairOf } from '../certificates/index.ts';
import { type CertificateTable, certificatePlace, type SecretBox, type StoredCertificate } from '../store/index.ts';
import { OperationError } from './base/index.ts';

/** A certificate that was uploaded or ordered. */
export type ShelvedCertificate = Omit<StoredCertificate, 'cert' | 'sealedKey' | 'isShared'> & {
  readonly pair: KeyPair;
};

export type CertificateShelfOptions = {
  readonly stored: readonly StoredCertificate[];
  readonly box: Pick<SecretBox, 'seal' | 'open'>;
  readonly wallMs: () => number;
  /** The database, for the other nodes. */
  readonly shared: Pick<CertificateTable, 'isReady' | 'put' | 'remove'>;
  /** Keeps all of them at this node, over a restart and for a start without the database. */
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

/**
 * Certificates of hosts, beside those of files: kept with their keys sealed, and shown at once. The database has them for
 * all nodes; while it is away new ones are taken at this node, and shared later.
 */
export class CertificateShelf {
  readonly #options: CertificateShelfOptions;
  #all: readonly Kept[];
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: CertificateShelfOptions) {
    this.#options = options;
    this.#all = options.stored.flatMap((stored) => this.#opened(stored));
  }

  all(): readonly ShelvedCertificate[] {
    return this.#all.map(({ shelved }) => shelved);
  }

  /** Those that the database does not have yet, the oldest first. */
  unshared(): readonly StoredCertificate[] {
    return this.#all.flatMap(({ stored }) => (stored.isShared ? [] : [stored])).toReversed();
  }

  /** What the database has takes the place of what it had before. */
  take(shared: readonly StoredCertificate[]): Promise<void> {
    return this.#serial(async () => {
      const known = new Map(this.#all.map((kept) => [kept.stored.id, kept]));
      const there = new Set(shared.map(({ id }) => id));
      const own = this.#all.filter(
        ({ stored }) => !stored.isShared && !there.has(stored.id) && !isReplaced(stored, shared),
      );
      const taken = shared.flatMap((stored) => {
        const kept = known.get(stored.id);
        return kept ? [{ ...kept, stored }] : this.#opened(stored);
      });
      const all = [...own, ...taken].sort((one, other) => other.stored.addedMs - one.stored.addedMs);
      const isSame = isDeepStrictEqual(
        all.map(({ stored }) => stored),
        this.#all.map(({ stored }) => stored),
      );
      if (!isSame) await this.#set(all);
    });
  }

  /** What there is from the start. */
  async show(): Promise<void> {
    await this.#options.show(this.#given());
  }

  /** Takes the place of those for the same hosts. Throws OperationError where it can't serve. */
  add(added: NewCertificate): Promise<ShelvedCertificate> {
    return this.#serial(() => this.#add(added));
  }

  async #add({ cert, key, hosts, source, by }: NewCertificate): Promise<ShelvedCertificate> {
    const { wallMs, box, shared } = this.#options;
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
      ...{ addedMs: wallMs(), by, isShared: shared.isReady },
    };
    const shelved = shelvedOf(stored, pair);
    const others = this.#all.filter(({ stored: { hosts: theirs } }) => !theirs.every((host) => named.includes(host)));
    if (others.length >= MOST)
      throw bad('LIMIT', 'there are too many certificates', 'Delete those that are not needed.');
    if (stored.isShared) await shared.put(stored);
    await this.#set([{ shelved, stored }, ...others]);
    return shelved;
  }

  /** False where there is none. What the database has is removed only while it is there. */
  remove(id: string): Promise<boolean> {
    return this.#serial(async () => {
      const left = this.#all.filter(({ stored }) => stored.id !== id);
      const gone = this.#all.find(({ stored }) => stored.id === id);
      if (gone === undefined) return false;
      if (gone.stored.isShared) await this.#options.shared.remove(id);
      await this.#set(left);
      return true;
    });
  }

  #opened(stored: StoredCertificate): Kept[] {
    const { box, onDamaged } = this.#options;
    try {
      const key = Buffer.from(box.open(stored.sealedKey, certificatePlace(stored.id)));
      return [{ stored, shelved: shelvedOf(stored, keyPairOf({ cert: Buffer.from(stored.cert), key })) }];
    } catch (error) {
      onDamaged(stored.id, error);
      return [];
    }
  }

  #serial<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(task);
    this.#work = mine.catch(() => undefined);
    return mine;
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

/** Whether there is a later one for all of its hosts. */
function isReplaced({ hosts, addedMs }: StoredCertificate, others: readonly StoredCertificate[]): boolean {
  return others.some((other) => other.addedMs > addedMs && hosts.every((host) => other.hosts.includes(host)));
}

function shelvedOf(
  { cert: _, sealedKey: __, isShared: ___, ...rest }: StoredCertificate,
  pair: KeyPair,
): ShelvedCertificate {
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

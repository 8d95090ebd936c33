import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

const MIN_LENGTH = 12;
const MAX_LENGTH = 256;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** 2^15 blocks of 8: 32 MiB, and three rounds of it. */
const COST = { log2N: 15, r: 8, p: 3 };
const FORM = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/;
/** Checks that may wait for each other; more are turned away. */
const MAX_WAITING = 50;

type Cost = typeof COST;

/** Why a password cannot be taken; undefined where it can. */
export function passwordProblem(password: string, userName: string): string | undefined {
  if (password.length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters`;
  if (password.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  if (new Set(password).size < 4) return 'must have at least 4 different characters';
  if (password.toLowerCase().includes(userName.toLowerCase())) return 'must not contain the name of the user';
  return undefined;
}

/** Too many checks of passwords wait already. */
export class BusyError extends Error {
  readonly code = 'BUSY';
}

/** Hashes passwords and checks them, one after the other: each takes a thread that files on the disk need, too. */
export class Passwords {
  readonly #cost: Cost;
  /** Of this process alone, so that what is remembered is of no use elsewhere. */
  readonly #memoryKey = randomBytes(32);
  readonly #verified = new Map<string, Buffer>();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Tests may make it cheaper. */
  constructor(cost: Partial<Cost> = {}) {
    this.#cost = { ...COST, ...cost };
  }

  /** `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>` */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const { log2N, r, p } = this.#cost;
    const hash = await this.#inTurn(() => derive(password, salt, this.#cost));
    return `scrypt$${log2N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
  }

  /** False for no hash, after as long a time. Throws a BusyError where too many wait. */
  async verify(password: string, hash: string | null): Promise<boolean> {
    if (hash !== null && this.isKnown(password, hash)) return true;
    const [, log2N, r, p, salt = '', expected = ''] = FORM.exec(hash ?? '') ?? [];
    const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
    const isHash = expected !== '';
    const derived = await this.#inTurn(() =>
      derive(password.slice(0, MAX_LENGTH + 1), Buffer.from(salt, 'base64url'), isHash ? cost : this.#cost),
    );
    const given = Buffer.from(expected, 'base64url');
    if (!isHash || given.length !== HASH_BYTES || !timingSafeEqual(derived, given)) return false;
    this.#remember(password, hash ?? '');
    return true;
  }

  /** Whether this very password was verified against this hash before, which costs nothing to see. */
  isKnown(password: string, hash: string): boolean {
    const known = this.#verified.get(hash);
    return known !== undefined && timingSafeEqual(known, this.#digest(password, hash));
  }

  #remember(password: string, hash: string): void {
    const [oldest] = this.#verified.keys();
    if (this.#verified.size >= 1000 && oldest !== undefined) this.#verified.delete(oldest);
    this.#verified.set(hash, this.#digest(password, hash));
  }

  #digest(password: string, hash: string): Buffer {
    return createHmac('sha256', this.#memoryKey).update(`${hash}\0${password}`).digest();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new BusyError('too many passwords are being checked');
    this.#waiting++;
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N;
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

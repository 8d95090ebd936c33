import { type SecretBox, totpPlace } from '../../store/index.ts';
import { newRecoveryCodes, newTotpSecret, recoveryHash, totpStepOf, totpUri } from '../credentials/index.ts';
import type { Directory } from './directory.ts';
import { IdentityError } from './identity-error.ts';
import type { User } from './user.ts';

const MAX_BEGUN = 1000;
/** Longer than a code could let somebody in, whatever clocks differ by. */
const CODE_KEPT_MS = 10 * 60_000;

export type SecondFactorOptions = {
  readonly directory: Directory;
  readonly box: SecretBox;
  readonly wallMs: () => number;
  /** False where it was taken before, on any node or before a restart; a database that is away keeps nobody out. */
  readonly takeOnce: (name: string, keptMs: number) => Promise<boolean>;
};

/** Codes of an authenticator program, and recovery codes in their place. */
export class SecondFactor {
  readonly #options: SecondFactorOptions;
  /** Secrets shown to users who have not proven yet that their program has them. */
  readonly #begun = new Map<string, string>();
  /** The time step of the last code that let a user in. */
  readonly #lastStep = new Map<string, number>();

  constructor(options: SecondFactorOptions) {
    this.#options = options;
  }

  /** What to put into the authenticator program; counts once it is confirmed. */
  begin({ id, name, totpSecret }: User): { readonly secret: string; readonly uri: string } {
    if (totpSecret !== null) throw already();
    const secret = newTotpSecret();
    const [oldest] = this.#begun.keys();
    if (this.#begun.size >= MAX_BEGUN && oldest !== undefined) this.#begun.delete(oldest);
    this.#begun.delete(id);
    this.#begun.set(id, secret);
    return { secret, uri: totpUri(secret, name) };
  }

  /** Proves that the program has the secret; the recovery codes are shown this once. */
  async confirm(id: string, code: string): Promise<readonly string[]> {
    const { directory, box, wallMs } = this.#options;
    const secret = this.#begun.get(id);
    if (secret === undefined) {
      throw new IdentityError('TOTP_NOT_BEGUN', 'no second factor was begun', 'Begin with POST /api/v1/me/totp.');
    }
    const step = totpStepOf(code, secret, wallMs());
    if (step === undefined) {
      const remedy = 'Type the one that the program shows now, and check the clocks.';
      throw new IdentityError('TOTP_WRONG', 'the code is not right', remedy);
    }
    const codes = newRecoveryCodes();
    const recoveryHashes = codes.map((each) => recoveryHash(each, id));
    await directory.changeUser(id, (user) => {
      if (user === undefined) throw new IdentityError('USER_NOT_FOUND', 'there is no such user', 'Log in again.');
      if (user.totpSecret !== null) throw already();
      return { ...user, totpSecret: box.seal(secret, totpPlace(id)), recoveryHashes };
    });
    this.#begun.delete(id);
    await this.#isFirst(id, step);
    return codes;
  }

  /** Whether a code lets this user in; it does so once. A recovery code needs the database, where it is struck out. */
  async takes(user: User, code: string): Promise<boolean> {
    const { directory, box, wallMs } = this.#options;
    if (user.totpSecret === null) return false;
    const secret = box.open(user.totpSecret, totpPlace(user.id));
    const step = totpStepOf(code.replace(/\s/g, ''), secret, wallMs(), this.#lastStep.get(user.id));
    if (step !== undefined) {
      return this.#isFirst(user.id, step);
    }
    const hash = recoveryHash(code, user.id);
    if (!user.recoveryHashes.includes(hash)) return false;
    let isStruck = false;
    await directory.changeUser(user.id, (now = user) => {
      isStruck = now.recoveryHashes.includes(hash);
      return { ...now, recoveryHashes: now.recoveryHashes.filter((each) => each !== hash) };
    });
    return isStruck;
  }

  #isFirst(id: string, step: number): Promise<boolean> {
    this.#lastStep.set(id, step);
    return this.#options.takeOnce(`code of ${id}\n${step}`, CODE_KEPT_MS);
  }
}

/** Whoever took over a session does not get rid of the factor by it. */
function already(): IdentityError {
  const remedy = 'An administrator can take it away: PATCH /api/v1/users/{id} with withoutTotp.';
  return new IdentityError('TOTP_ALREADY', 'there is a second factor already', remedy);
}

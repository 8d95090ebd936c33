/** Loaded for the first order: it brings a cryptography of its own, which a server without ACME need not read. */
const load = async () => (await import('acme-client')).default;

export type AcmeOptions = {
  readonly directoryUrl: string;
  readonly email: string | undefined;
  /** The account's private key in PEM, made when it is first asked for. */
  readonly accountKey: () => Promise<string>;
  /** Between two looks at an order (5 to 30 s). */
  readonly pollMs?: { readonly min: number; readonly max: number };
};

/** A certificate that could not be had, with the authority's own words. */
export class AcmeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AcmeError';
  }
}

const MOST_TOKENS = 1000;
const TRIES = 10;

export const newAcmeAccountKey = async (): Promise<string> =>
  String(await (await load()).crypto.createPrivateEcdsaKey());

/** Certificates by ACME (RFC 8555) with HTTP-01: whoever answers for a host on port 80 gets its certificate. */
export class Acme {
  readonly #options: AcmeOptions;
  readonly #answers = new Map<string, string>();

  constructor(options: AcmeOptions) {
    this.#options = options;
  }

  /** What `/.well-known/acme-challenge/{token}` is to answer; undefined where nobody asked for it. */
  answerTo(token: string): string | undefined {
    return this.#answers.get(token);
  }

  /** Orders a certificate; both are PEM, the certificate with its chain. Throws AcmeError. */
  async order(hosts: readonly string[]): Promise<{ readonly cert: string; readonly key: string }> {
    const { directoryUrl, email, accountKey, pollMs } = this.#options;
    try {
      const acme = await load();
      const client = new acme.Client({
        ...{ directoryUrl, accountKey: await accountKey(), backoffAttempts: TRIES },
        ...(pollMs && { backoffMin: pollMs.min, backoffMax: pollMs.max }),
      });
      const [key, csr] = await acme.crypto.createCsr(
        { commonName: hosts[0] ?? '', altNames: [...hosts] },
        await acme.crypto.createPrivateEcdsaKey(),
      );
      const cert = await client.auto({
        ...{ csr, termsOfServiceAgreed: true, challengePriority: ['http-01'] },
        ...(email !== undefined && { email }),
        // This machine may see its own public address in another way than the authority does.
        skipChallengeVerification: true,
        challengeCreateFn: async (_authorization, { token }, answer) => this.#expect(token, answer),
        challengeRemoveFn: async (_authorization, { token }) => this.#answers.delete(token),
      });
      return { cert, key: String(key) };
    } catch (error) {
      throw new AcmeError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #expect(token: string, answer: string): void {
    this.#answers.set(token, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_TOKENS && oldest !== undefined) this.#answers.delete(oldest);
  }
}

import { readFile } from 'node:fs/promises';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { loadKeyPair, watchFiles } from '../certificates/index.ts';
import type { Config } from '../config/index.ts';
import type { Base } from './base.ts';

/** A TLS server whose certificate can be swapped while its connections go on. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

export type ClusterTlsOptions = {
  readonly files: Config['cluster']['tls'];
  readonly onLoaded: (fingerprint: string, expiresAtMs: number) => void;
  /** What lies in the files now is no good; what was read before stays. */
  readonly onUnusable: (error: unknown) => void;
  readonly settleMs?: number;
};

type Loaded = { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer | undefined };

const SETTLE_MS = 500;
const SWEEP_MS = 10_000;

/** This node's certificate towards the others, and who signs theirs: both are shown and asked for on either side. */
export class ClusterTls {
  readonly #options: ClusterTlsOptions;
  readonly #servers = new Set<SecureServer>();
  #loaded: Loaded;
  #stopWatching: () => Promise<void> = async () => undefined;

  private constructor(options: ClusterTlsOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
  }

  /** Undefined where there is none; throws CertificateError where it cannot serve. */
  static async open(options: ClusterTlsOptions): Promise<ClusterTls | undefined> {
    const { certFile, keyFile, caFile } = options.files;
    if (certFile === null || keyFile === null) return undefined;
    const tls = new ClusterTls(options, await load(options));
    tls.#stopWatching = await watchFiles({
      files: [certFile, keyFile, ...(caFile === null ? [] : [caFile])],
      ...{ settleMs: options.settleMs ?? SETTLE_MS, sweepMs: SWEEP_MS },
      onChange: () => tls.#reload(),
    });
    return tls;
  }

  /** For the making of a server; give it to `follow` afterwards. */
  serverOptions() {
    // Strangers get as far as to be told so.
    return { ...this.#loaded, requestCert: this.#loaded.ca !== undefined, rejectUnauthorized: false };
  }

  /** Why whoever connected is none of ours; undefined for one of ours. Without an authority the token alone tells. */
  strangerAt({ authorized, authorizationError }: TLSSocket): string | undefined {
    if (this.#loaded.ca === undefined || authorized) return undefined;
    return `it has no certificate that cluster.tls.caFile signed (${authorizationError})`;
  }

  /** For a connection to another node. */
  clientOptions(): Loaded {
    return this.#loaded;
  }

  follow(server: SecureServer): void {
    this.#servers.add(server);
  }

  async close(): Promise<void> {
    this.#servers.clear();
    await this.#stopWatching();
  }

  async #reload(): Promise<void> {
    try {
      this.#loaded = await load(this.#options);
      for (const server of this.#servers) server.setSecureContext(this.#loaded);
    } catch (error) {
      this.#options.onUnusable(error);
    }
  }
}

async function load({ files, onLoaded }: ClusterTlsOptions): Promise<Loaded> {
  const { certFile, keyFile, caFile } = files;
  const pair = await loadKeyPair({ certFile: certFile ?? '', keyFile: keyFile ?? '' });
  const ca = caFile === null ? undefined : await readFile(caFile);
  onLoaded(pair.fingerprint, pair.expiresAtMs);
  return { cert: pair.cert, key: pair.key, ca };
}

/** What this node shows the others and asks of them, as configured; undefined where nothing is encrypted. */
export function openClusterTls({ config, log }: Base): Promise<ClusterTls | undefined> {
  const file = config.cluster.tls.certFile;
  return ClusterTls.open({
    files: config.cluster.tls,
    onLoaded: (fingerprint, expiresAtMs) => {
      log.info(
        { file, fingerprint, expires: new Date(expiresAtMs).toISOString() },
        'certificate for other nodes loaded',
      );
    },
    onUnusable: (error) => log.error({ file, error }, 'certificate for other nodes refused, the one before it stays'),
  });
}

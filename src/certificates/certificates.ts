import assert from 'node:assert/strict';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { type CertificateFiles, type KeyPair, loadKeyPair } from './key-pair.ts';
import { watchFiles } from './watch-files.ts';

/** A TLS server whose certificate can be swapped while its connections go on. */
export interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

export type CertificatesOptions = {
  /** Used where no other names the host, and for clients that name none. */
  readonly fallback?: CertificateFiles | undefined;
  /** `*.example.com` stands for names with one more label. Without `fallback` the first of these is it. */
  readonly byHost: readonly (CertificateFiles & { readonly hosts: readonly string[] })[];
  readonly settleMs?: number;
  readonly sweepMs?: number;
  /** A pair took the place of another, or was loaded first. */
  readonly onLoaded?: (files: CertificateFiles, pair: KeyPair) => void;
  /** A new pair is no good; the one before it stays. */
  readonly onRefused?: (files: CertificateFiles, error: unknown) => void;
};

type Entry = { readonly files: CertificateFiles; readonly hosts: readonly string[]; pair: KeyPair };

const SETTLE_MS = 500;
const SWEEP_MS = 10_000;

/** The certificates of the TLS doors, chosen by host and followed through their renewals. */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #entries: readonly Entry[];
  readonly #servers = new Set<SecureServer>();
  #stopWatching: () => Promise<void> = async () => undefined;

  private constructor(options: CertificatesOptions, entries: readonly Entry[]) {
    this.#options = options;
    this.#entries = entries;
  }

  /** Undefined when no certificate is configured. Throws CertificateError when one cannot serve. */
  static async open(options: CertificatesOptions): Promise<Certificates | undefined> {
    const { fallback, byHost } = options;
    const sources = [...(fallback ? [{ ...fallback, hosts: [] }] : []), ...byHost];
    if (sources.length === 0) return undefined;
    const entries = await Promise.all(
      sources.map(async ({ certFile, keyFile, hosts }) => {
        const files = { certFile, keyFile };
        return { files, hosts: hosts.map((host) => host.toLowerCase()), pair: await loadKeyPair(files) };
      }),
    );
    const certificates = new Certificates(options, entries);
    for (const { files, pair } of entries) options.onLoaded?.(files, pair);
    certificates.#stopWatching = await watchFiles({
      files: entries.flatMap(({ files }) => [files.certFile, files.keyFile]),
      settleMs: options.settleMs ?? SETTLE_MS,
      sweepMs: options.sweepMs ?? SWEEP_MS,
      onChange: () => certificates.#reload(),
    });
    return certificates;
  }

  /** For the making of a TLS server; give the server to `follow` afterwards. */
  serverOptions() {
    const { cert, key } = this.#default().pair;
    return {
      cert,
      key,
      minVersion: 'TLSv1.2' as const,
      SNICallback: (host: string, done: (error: Error | null, context?: SecureContext) => void) => {
        done(null, this.#find(host).pair.context);
      },
    };
  }

  /** Keeps the certificate up to date that the server shows to clients who name no host. */
  follow(server: SecureServer): void {
    this.#servers.add(server);
    this.#show(server);
  }

  async close(): Promise<void> {
    this.#servers.clear();
    await this.#stopWatching();
  }

  #default(): Entry {
    const [first] = this.#entries;
    assert(first, 'there is a certificate');
    return first;
  }

  #find(host: string): Entry {
    const name = host.toLowerCase().replace(/\.$/, '');
    const wildcard = name.replace(/^[^.]+/, '*');
    const withHost = (wanted: string) => this.#entries.find(({ hosts }) => hosts.includes(wanted));
    return withHost(name) ?? withHost(wildcard) ?? this.#default();
  }

  async #reload(): Promise<void> {
    for (const entry of this.#entries) await this.#renew(entry);
    for (const server of this.#servers) this.#show(server);
  }

  async #renew(entry: Entry): Promise<void> {
    try {
      const pair = await loadKeyPair(entry.files);
      if (pair.cert.equals(entry.pair.cert) && pair.key.equals(entry.pair.key)) return;
      entry.pair = pair;
      this.#options.onLoaded?.(entry.files, pair);
    } catch (error) {
      this.#options.onRefused?.(entry.files, error);
    }
  }

  #show(server: SecureServer): void {
    const { cert, key } = this.#default().pair;
    server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  }
}

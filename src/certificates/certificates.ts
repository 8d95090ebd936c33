import assert from 'node:assert/strict';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { type CertificateFiles, type KeyPair, loadKeyPair } from './key-pair.ts';
import { TLS_SETTINGS } from './tls-settings.ts';
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

/** A pair that came by another way than files. */
export type GivenPair = { readonly hosts: readonly string[]; readonly pair: KeyPair };

/** Of what is shown for a host: whether it is for it, and until when. */
export type ShownPair = { readonly isForHost: boolean; readonly names: string; readonly expiresAtMs: number };

type Entry = { readonly files: CertificateFiles; readonly hosts: readonly string[]; pair: KeyPair };

const SETTLE_MS = 500;
const SWEEP_MS = 10_000;

/** The certificates of the TLS doors, chosen by host and followed through their renewals. */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #entries: readonly Entry[];
  readonly #servers = new Set<SecureServer>();
  #given: readonly GivenPair[] = [];
  /** Shown on where all others were taken away while doors are open. */
  #last: KeyPair | undefined;
  #stopWatching: () => Promise<void> = async () => undefined;

  private constructor(options: CertificatesOptions, entries: readonly Entry[]) {
    this.#options = options;
    this.#entries = entries;
  }

  /** Throws CertificateError when one cannot serve. */
  static async open(options: CertificatesOptions): Promise<Certificates> {
    const { fallback, byHost } = options;
    const sources = [...(fallback ? [{ ...fallback, hosts: [] }] : []), ...byHost];
    const entries = await Promise.all(
      sources.map(async ({ certFile, keyFile, hosts }) => {
        const files = { certFile, keyFile };
        return { files, hosts: hosts.map((host) => host.toLowerCase()), pair: await loadKeyPair(files) };
      }),
    );
    const certificates = new Certificates(options, entries);
    for (const { files, pair } of entries) options.onLoaded?.(files, pair);
    if (entries.length === 0) return certificates;
    certificates.#stopWatching = await watchFiles({
      files: entries.flatMap(({ files }) => [files.certFile, files.keyFile]),
      settleMs: options.settleMs ?? SETTLE_MS,
      sweepMs: options.sweepMs ?? SWEEP_MS,
      onChange: () => certificates.#reload(),
    });
    return certificates;
  }

  /** Nothing can be shown yet. */
  get isEmpty(): boolean {
    return this.#entries.length + this.#given.length === 0;
  }

  /** Those that files hold. */
  get files(): readonly { readonly hosts: readonly string[]; readonly file: string; readonly pair: KeyPair }[] {
    return this.#entries.map(({ hosts, files, pair }) => ({ hosts, file: files.certFile, pair }));
  }

  /** Puts these in the place of those given before; they come before files. Counts for the next handshake. */
  give(pairs: readonly GivenPair[]): void {
    if (!this.isEmpty) this.#last = this.#default();
    this.#given = pairs;
    if (!this.isEmpty) for (const server of this.#servers) this.#show(server);
  }

  /** What a client is shown who asks for this host; undefined where there is nothing. */
  shownFor(host: string): ShownPair | undefined {
    if (this.isEmpty) return undefined;
    const { certificate, expiresAtMs, names } = this.#find(host);
    return { isForHost: certificate.checkHost(host) !== undefined, names: names.join(', '), expiresAtMs };
  }

  /** All of them in PEM, for a process that shows them too: first the one that is shown to clients who name no host. */
  sendable(): { readonly hosts: readonly string[]; readonly cert: string; readonly key: string }[] {
    if (this.isEmpty) return [];
    const all = [{ hosts: [], pair: this.#default() }, ...this.#given, ...this.#entries];
    return all.map(({ hosts, pair }) => ({ hosts, cert: pair.cert.toString(), key: pair.key.toString() }));
  }

  /** For the making of a TLS server; give the server to `follow` afterwards. */
  serverOptions() {
    const { cert, key } = this.#default();
    return {
      cert,
      key,
      ...TLS_SETTINGS,
      SNICallback: (host: string, done: (error: Error | null, context?: SecureContext) => void) => {
        done(null, this.#find(host).context);
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

  #default(): KeyPair {
    const first = (this.#entries[0] ?? this.#given[0])?.pair ?? this.#last;
    assert(first, 'there is or was a certificate');
    return first;
  }

  #find(host: string): KeyPair {
    const name = host.toLowerCase().replace(/\.$/, '');
    const wildcard = name.replace(/^[^.]+/, '*');
    const all = [...this.#given, ...this.#entries];
    const withHost = (wanted: string) => all.find(({ hosts }) => hosts.includes(wanted))?.pair;
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
    const { cert, key } = this.#default();
    server.setSecureContext({ cert, key, ...TLS_SETTINGS });
  }
}

import { CertificateError, Certificates } from '../certificates/index.ts';
import type { Config } from '../config/index.ts';
import type { Logger } from '../log/index.ts';
import type { Metrics } from '../metrics/index.ts';

/** The certificates that the configuration names, watched; none where it names none. */
export async function openCertificates(
  { tls }: Config,
  log: Logger,
  metrics: Pick<Metrics, 'certificateExpiry' | 'certificatesRefused'>,
): Promise<Certificates> {
  const { certFile, keyFile, certificates } = tls;
  return Certificates.open({
    fallback: certFile !== null && keyFile !== null ? { certFile, keyFile } : undefined,
    byHost: certificates,
    onLoaded: ({ certFile: file }, { expiresAtMs, fingerprint }) => {
      metrics.certificateExpiry.set({ file }, expiresAtMs / 1000);
      const fields = { file, fingerprint, expires: new Date(expiresAtMs).toISOString() };
      if (expiresAtMs > Date.now()) log.info(fields, 'certificate loaded');
      else log.warn(fields, 'certificate loaded, but it has expired');
    },
    onRefused: ({ certFile: file }, error) => {
      metrics.certificatesRefused.inc();
      const code = error instanceof CertificateError ? error.code : 'UNKNOWN';
      log.error({ file, code, error }, 'certificate refused, the one before it stays');
    },
  });
}

export { Certificates, type CertificatesOptions, type SecureServer } from './certificates.ts';
export { CertificateError, type CertificateFiles, type KeyPair, loadKeyPair } from './key-pair.ts';
export { type WatchFilesOptions, watchFiles } from './watch-files.ts';

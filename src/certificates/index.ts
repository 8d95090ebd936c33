export { Acme, AcmeError, type AcmeOptions, newAcmeAccountKey } from './acme.ts';
export {
  Certificates,
  type CertificatesOptions,
  type GivenPair,
  type SecureServer,
  type ShownPair,
} from './certificates.ts';
export {
  CertificateError,
  type CertificateFiles,
  checkChain,
  type KeyPair,
  keyPairOf,
  loadKeyPair,
} from './key-pair.ts';
export { type WatchFilesOptions, watchFiles } from './watch-files.ts';

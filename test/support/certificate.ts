import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { generate } from 'selfsigned';

export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

/** A self-signed certificate for `name`, under fixed file names of the folder; each file comes whole, by a rename. */
export async function writeCertificate(folder: string, name: string): Promise<CertificateFiles> {
  const pair = await generate([{ name: 'commonName', value: name }], { keyType: 'ec' });
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  await replace(files.keyFile, pair.private);
  await replace(files.certFile, pair.cert);
  return files;
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** The common name of the certificate that a new connection is shown. */
export async function certificateNameAt(port: number): Promise<unknown> {
  return (await certificateAt(port)).subject.CN;
}

/** Its serial number. */
export async function certificateNumberAt(port: number): Promise<string> {
  return (await certificateAt(port)).serialNumber;
}

async function certificateAt(port: number): Promise<PeerCertificate> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.on('error', () => undefined).destroy();
  return certificate;
}

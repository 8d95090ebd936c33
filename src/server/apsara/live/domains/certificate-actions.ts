import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import {
  ApsaraError,
  action,
  DONE,
  everyPage,
  flag,
  invalidParameter,
  missingParameter,
  paged,
  type ServedAction,
  text,
  utcText,
} from '../../base/index.ts';
import { allCertificates, type Certificate, certificateFor, nameField, numberOf, pemOf } from './certificates.ts';
import { type Host, hostNamed } from './host.ts';
import { domainName, pageNumber, pageSize } from './names.ts';

const NAMES = 'a certificate is called by the id that it has here; CertName of SetLiveDomainCertificate is left out';
const timeOf = (iso: string) => utcText(Date.parse(iso));

/** Certificates of domains. */
export const certificateActions: readonly ServedAction[] = [
  action({
    name: 'SetLiveDomainCertificate',
    summary: 'Gives a domain a certificate for HTTPS, or takes it away',
    differs: `${NAMES}. CertType is upload: there is no store of certificates elsewhere. SSLPub and SSLPri are needed only to turn HTTPS on. A certificate is checked before it is shown, so ForceSet changes nothing`,
    input: z.object({
      DomainName: domainName,
      SSLProtocol: z.enum(['on', 'off'], { error: 'it must be on or off' }),
      SSLPub: text.max(60_000).optional(),
      SSLPri: text.max(60_000).optional(),
      CertType: z.literal('upload', { error: 'it must be upload' }).default('upload'),
      DryRun: flag.default(false),
    }),
    run: async ({ input: { DomainName, SSLProtocol, SSLPub, SSLPri, DryRun }, ask }) => {
      await hostNamed(ask, DomainName);
      if (SSLProtocol === 'on') {
        if (SSLPub === undefined) throw missingParameter('SSLPub');
        if (SSLPri === undefined) throw missingParameter('SSLPri');
        if (DryRun) x509Of(SSLPub);
        else await ask('createCertificate', { body: { certificate: SSLPub, key: SSLPri, hosts: [DomainName] } });
        return DONE;
      }
      const mine = (await allCertificates(ask)).filter(({ hosts }) => hosts.length === 1 && hosts[0] === DomainName);
      if (!DryRun) for (const { id } of mine) await ask('deleteCertificate', { params: { id } });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveDomainCertificateInfo',
    summary: 'The certificate that viewers of a domain are shown',
    differs: 'CertType is upload, file (in the configuration) or free (ordered by ACME)',
    input: z.object({ DomainName: domainName }),
    run: async ({ input: { DomainName }, ask }) => {
      await hostNamed(ask, DomainName);
      const found = certificateFor(await allCertificates(ask), DomainName);
      if (found === undefined) return { CertInfos: { CertInfo: [{ DomainName, SSLProtocol: 'off' }] } };
      const years = Math.round((Date.parse(found.expiresAt) - Date.parse(found.startsAt)) / (30 * 86_400_000));
      const info = {
        ...{ DomainName, SSLProtocol: 'on', CertName: found.id, CertDomainName: found.names.join(',') },
        ...{ CertOrg: nameField(found.issuer, 'O'), CertType: typeOf(found), CertLife: `${years} months` },
        ...{ CertExpireTime: timeOf(found.expiresAt), SSLPub: await pemOf(ask, found), Status: 'success' },
      };
      return { CertInfos: { CertInfo: [info] } };
    },
  }),
  action({
    name: 'DescribeLiveCertificateList',
    summary: 'The certificates of this server, or those that are made for a domain',
    differs: NAMES,
    input: z.object({ DomainName: domainName.optional() }),
    run: async ({ input: { DomainName }, ask }) => {
      const all = await allCertificates(ask);
      const mine = DomainName === undefined ? all : all.filter((each) => certificateFor([each], DomainName));
      const Cert = mine.map((each) => ({
        ...{ CertName: each.id, CertId: numberOf(each.id), Common: each.names[0] ?? '', Issuer: each.issuer },
        ...{ Fingerprint: each.fingerprint, LastTime: Date.parse(each.addedAt ?? each.startsAt) / 1000 },
      }));
      return { CertificateListModel: { CertList: { Cert }, Count: mine.length } };
    },
  }),
  action({
    name: 'DescribeLiveCertificateDetail',
    summary: 'One certificate with its chain, in PEM',
    differs: NAMES,
    input: z.object({ CertName: text }),
    run: async ({ input: { CertName }, ask }) => {
      const found = (await allCertificates(ask)).find(({ id }) => id === CertName);
      if (found === undefined) {
        throw new ApsaraError(404, 'InvalidCertificate.NotFound', `There is no certificate ${CertName}.`);
      }
      return { CertName, CertId: numberOf(found.id), Cert: await pemOf(ask, found) };
    },
  }),
  action({
    name: 'DescribeLiveHttpsDomainList',
    summary: 'The domains that have a certificate, with when it ends',
    input: z.object({ Keyword: text.optional(), PageNumber: pageNumber, PageSize: pageSize(20, 500) }),
    run: async ({ input: { Keyword = '', PageNumber, PageSize }, ask, nowMs }) => {
      const all = await allCertificates(ask);
      const mine = (await everyPage<Host>(ask, 'listHosts', 'hosts')).flatMap(({ host }) => {
        const found = host.includes(Keyword) ? certificateFor(all, host) : undefined;
        return found === undefined ? [] : [{ host, found }];
      });
      const CertInfo = paged(mine, PageNumber, PageSize).items.map(({ host: DomainName, found }) => ({
        ...{ DomainName, CertName: found.id, CertCommonName: found.names[0] ?? '', CertType: typeOf(found) },
        ...{ CertStartTime: timeOf(found.startsAt), CertExpireTime: timeOf(found.expiresAt) },
        CertUpdateTime: timeOf(found.addedAt ?? found.startsAt),
        CertStatus: Date.parse(found.expiresAt) > nowMs() ? 'ok' : 'expired',
      }));
      return { CertInfos: { CertInfo }, TotalCount: mine.length };
    },
  }),
  action({
    name: 'DescribeLiveDomainByCertificate',
    summary: 'The domains that a certificate would be good for',
    differs: 'with SSLStatus only those that have a certificate, or have none',
    input: z.object({ SSLPub: text.max(60_000), SSLStatus: flag.optional() }),
    run: async ({ input: { SSLPub, SSLStatus }, ask, nowMs }) => {
      const certificate = x509Of(SSLPub);
      const all = SSLStatus === undefined ? [] : await allCertificates(ask);
      const domains = (await everyPage<Host>(ask, 'listHosts', 'hosts'))
        .map(({ host }) => host)
        .filter((host) => certificate.checkHost(host) !== undefined)
        .filter((host) => SSLStatus === undefined || SSLStatus === (certificateFor(all, host) !== undefined));
      const info = {
        ...{ DomainNames: certificate.subjectAltName ?? '', DomainList: domains.join(','), CertType: 'upload' },
        ...{ CertSubjectCommonName: nameField(certificate.subject, 'CN'), Issuer: nameField(certificate.issuer, 'CN') },
        ...{ CertStartTime: timeOf(certificate.validFrom), CertExpireTime: timeOf(certificate.validTo) },
        CertExpired: Date.parse(certificate.validTo) > nowMs() ? 'no' : 'yes',
      };
      return { CertInfos: { CertInfo: [info] } };
    },
  }),
];

const typeOf = ({ source }: Certificate) => (source === 'acme' ? 'free' : source);

/** PEM, or PEM in base64. */
function x509Of(given: string): X509Certificate {
  const pem = given.includes('-----BEGIN') ? given : Buffer.from(given, 'base64');
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalidParameter('SSLPub', 'it must be a certificate in PEM');
  }
}

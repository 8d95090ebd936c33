import type { Caller } from '../../identity/index.ts';
import { type KnownCredentials, TEMPORARY_KEY } from '../../vod/upload/index.ts';
import { OssError } from './oss-error.ts';
import { type OssRequest, type OssTarget, targetsOf } from './oss-request.ts';
import { type Signed, signedOf, stringToSign, targetSigned } from './oss-signature.ts';
import type { UploadDoor } from './upload-door.ts';

/** Whoever signed a request: with credentials for a time, or with an access key. */
export type OssCaller = (
  | { readonly kind: 'temporary'; readonly credentials: KnownCredentials }
  | { readonly kind: 'key'; readonly caller: Caller }
) & { readonly name: string; readonly target: OssTarget };

type Needed = Pick<UploadDoor, 'credentials' | 'identity' | 'clients' | 'storages' | 'wallMs'>;

/** Who signed, and what it is about. Throws OssError. */
export function ossCallerOf(door: Needed, request: OssRequest, address: string): OssCaller {
  const signed = signedOf(request, door.wallMs());
  const { keyId, securityToken } = signed;
  if (keyId.startsWith(TEMPORARY_KEY)) return temporaryCaller(door, request, signed, securityToken ?? '');
  const targets = targetsOf(request, door.storages.names);
  let target: OssTarget | undefined;
  const isSignedBy = (secret: string) => {
    target = targetSigned(request, targets, signed, secret);
    return target !== undefined;
  };
  const { address: from } = door.clients.find({ address, scheme: 'http' }, request.headers);
  const origin = { address: from, agent: String(request.headers['user-agent'] ?? '') };
  const caller = door.identity.gate.callerOfSignature(keyId, isSignedBy, origin);
  if (caller === 'unknown') {
    throw new OssError(403, 'InvalidAccessKeyId', 'The access key id is not known here.', { OSSAccessKeyId: keyId });
  }
  if (caller === 'wrong' || !target) throw wrongSignature(request, signed, targets[0]);
  return { kind: 'key', caller, name: caller.name, target };
}

function temporaryCaller(door: Needed, request: OssRequest, signed: Signed, token: string): OssCaller {
  const credentials = door.credentials.open(signed.keyId, token);
  const targets = targetsOf(request, [credentials.storage]);
  const target = targetSigned(request, targets, signed, credentials.secret);
  if (!target) throw wrongSignature(request, signed, targets[0]);
  return { kind: 'temporary', credentials, name: credentials.owner, target };
}

/** Throws where the caller may not put, read or list what the request is about. */
export function checkMay(who: OssCaller, what: 'put' | 'replace' | 'read' | 'list', prefix = ''): void {
  const { bucket: storage, object } = who.target;
  if (who.kind === 'temporary') {
    const { object: only, prefix: below } = who.credentials;
    const name = what === 'list' ? prefix : object;
    const isIn = only === undefined ? below !== undefined && name.startsWith(below) : name === only;
    if (isIn && what !== 'replace') return;
    throw new OssError(403, 'AccessDenied', 'The credentials are for other objects.');
  }
  const action = what === 'put' ? 'assets:upload' : what === 'replace' ? 'assets:delete' : 'assets:read';
  const name = what === 'list' ? `${prefix}*` : object;
  const decision = who.caller.may(action, { kind: 'storage', storage, object: name });
  if (!decision.allowed) throw new OssError(403, 'AccessDenied', `${decision.sentence}. ${decision.remedy}`);
}

function wrongSignature(request: OssRequest, { keyId, signature, date }: Signed, target: OssTarget | undefined) {
  const { path } = request;
  const text = stringToSign(request, target ?? { bucket: '', object: path.slice(1) }, date);
  const message =
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
  const more = { SignatureProvided: signature, StringToSign: text, OSSAccessKeyId: keyId };
  return new OssError(403, 'SignatureDoesNotMatch', message, more);
}

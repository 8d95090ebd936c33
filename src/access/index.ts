export { Access, type AccessOptions, type OpenSession } from './access.ts';
export { AddressSet, addressGroup, normaliseAddress } from './address.ts';
export { AddressRates, type AddressRatesOptions } from './address-rates.ts';
export { type KeyName, type SignatureReason, type SignatureResult, signTypeA, verifyTypeA } from './auth-key.ts';
export { type Block, type BlockEntry, BlockList } from './block-list.ts';
export {
  type Client,
  ClientAddresses,
  type ClientAddressOptions,
  type HeaderValues,
} from './client-address.ts';
export { ConnectionLimits, type ConnectionLimitsOptions } from './connection-limits.ts';
export { describeAuthChecking, type Explanation, type ExplanationStep } from './explain.ts';
export { PeerAddresses } from './peer-addresses.ts';
export { type ProxyFrontOptions, proxyFront, type ServerBehind } from './proxy-front.ts';
export { type ProxyEndpoint, type ProxyHeader, ProxyProtocolReader } from './proxy-protocol.ts';
export type { FetchRemote, RemoteRequest } from './remote-request.ts';
export type { AccessRequest, AccessRules, CountryOf, PlayRequest, PublishRequest } from './request.ts';
export {
  type SessionBinding,
  type SessionGrant,
  type SessionTokenKeys,
  type SessionTokenResult,
  SessionTokens,
} from './session-token.ts';
export type { SharedSignatures } from './single-use.ts';
export { type Traffic, TrafficMeter } from './traffic-meter.ts';
export { resourcePath, type SignUrlOptions, signUrl } from './url-signature.ts';
export {
  type AcceptedSignature,
  type Admission,
  type Refusal,
  type RefusalCode,
  refusal,
  type Verdict,
} from './verdict.ts';
export {
  type Newcomer,
  type OpenResult,
  type PlayedTraffic,
  type SessionEnding,
  type SessionListener,
  type SharedLimits,
  type ViewerLimits,
  type ViewerSession,
  ViewerSessions,
  type ViewerSessionsOptions,
} from './viewer-sessions.ts';
export { VIEWING_PARAMETER, viewingIn } from './viewing-id.ts';

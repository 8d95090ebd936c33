export type { ReceivedCallback } from './received.ts';
export { ReceiverServer, type ReceiverServerOptions } from './receiver-server.ts';
export { ruleLines } from './rule-lines.ts';
export {
  type CallbackRequest,
  type SignatureCheck,
  type Verdict,
  type VerifyOptions,
  verifyCallback,
} from './verify.ts';

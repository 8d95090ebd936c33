export { BusyError, Passwords, passwordProblem } from './password.ts';
export { newRecoveryCodes, recoveryHash } from './recovery-codes.ts';
export { newTotpSecret, totpCode, totpStep, totpStepOf, totpUri } from './totp.ts';

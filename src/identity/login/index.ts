export { Caller, type CallerKind, type CallerOptions } from './caller.ts';
export { Gate, type GateOptions, type LoginRequest, type LoginResult, type Origin } from './gate.ts';
export { LoginLimits, TRIES_PER_ADDRESS, TRIES_PER_USER } from './login-limits.ts';
export { type LoginSession, SESSION_SECONDS, Sessions, type SessionsOptions } from './sessions.ts';
export { ownerToken } from './tokens.ts';

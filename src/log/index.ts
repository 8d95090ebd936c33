export { FloodLine } from './flood-line.ts';
export { createLogger, type LogFields, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { redactFields } from './redact.ts';
export { isSecretName, REDACTED, redactText } from './redact-text.ts';

export { ConfigError, type ConfigProblem } from './config-error.ts';
export type { Environment } from './environment.ts';
export { CONFIG_KEYS, type ConfigKey } from './keys.ts';
export { type LoadConfigOptions, loadConfig } from './load-config.ts';
export { redactConfig } from './redact-config.ts';
export { type Config, configSchema } from './schema.ts';
export { DEFAULT_STORAGE, storageSettings } from './storage-settings.ts';

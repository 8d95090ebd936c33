export { ApiClient, type ApiClientOptions, ApiRefusal } from './api-client.ts';
export { CliError } from './cli-error.ts';
export { type InstalledRules, readInstalledRules, requireInstalledRules } from './installed-rules.ts';
export { readSecrets, secretsFile } from './installed-secrets.ts';
export { findRunningServer, type RunningServer, type ServerPorts } from './running-server.ts';
export { withStore } from './with-store.ts';

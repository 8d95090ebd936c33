import { REDACTED, redactFields } from '../log/index.ts';
import type { Config } from './schema.ts';

function withoutPassword(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl);
    if (url.password !== '') url.password = REDACTED;
    return url.href;
  } catch {
    return REDACTED;
  }
}

/** The configuration as it may be logged and shown: no passwords and no tokens. */
export function redactConfig(config: Config): Record<string, unknown> {
  const databaseUrl = config.databaseUrl === null ? null : withoutPassword(config.databaseUrl);
  return redactFields({ ...config, databaseUrl });
}

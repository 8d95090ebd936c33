import { isSecretName, REDACTED } from '../log/index.ts';
import type { Explanation } from './explanations.ts';
import { CONFIG_KEYS } from './keys.ts';
import type { ConfigOrigins } from './origins.ts';
import { redactConfig } from './redact-config.ts';
import { type Config, configSchema } from './schema.ts';

/** The values of settings: text, a number, a list, or null where it is not set. */
export type SettingValue = string | number | null | readonly (string | Readonly<Record<string, unknown>>)[];

/** A setting as it is in force, as it may be shown to anybody. */
export type Setting = {
  readonly path: string;
  /** What it is set by; undefined where only the file can. */
  readonly variable?: string;
  readonly explanation: string;
  readonly unit: string;
  readonly default: SettingValue;
  /** Undefined of a secret. */
  readonly value?: SettingValue;
  readonly isSecret: boolean;
  /** Whether it has a value. */
  readonly isSet: boolean;
  readonly from: 'default' | 'file' | 'environment';
  /** The variable that set it, where one did. */
  readonly setBy?: string;
  /** It names files whose content is followed while the server runs. */
  readonly isContentFollowed: boolean;
};

const CONTENT_FOLLOWED: readonly string[] = [
  'rulesFile',
  'tls.certFile',
  'tls.keyFile',
  'tls.certificates',
  'countryDatabase',
];

/** Every setting, in the order of the schema, without secrets. */
export function listSettings(
  config: Config,
  origins: ConfigOrigins,
  explanations: ReadonlyMap<string, Explanation>,
): readonly Setting[] {
  const shown = redactConfig(config);
  const defaults = configSchema.parse({});
  return CONFIG_KEYS.map(({ path, env, form }): Setting => {
    const name = path.join('.');
    const isSecret = isSecretName(path.at(-1) ?? '');
    const value = at(shown, path) as SettingValue;
    const origin = origins.byPath.get(name);
    return {
      path: name,
      ...(form === 'none' ? {} : { variable: env }),
      explanation: explanations.get(name)?.text ?? '',
      unit: explanations.get(name)?.unit ?? '',
      default: at(defaults, path) as SettingValue,
      ...(isSecret || value === REDACTED ? {} : { value }),
      isSecret: isSecret || value === REDACTED,
      isSet: value !== null,
      from: origin?.from ?? 'default',
      ...(origin?.from === 'environment' ? { setBy: origin.variable } : {}),
      isContentFollowed: CONTENT_FOLLOWED.includes(name),
    };
  });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, name) => (here as Record<string, unknown>)[name], value);
}

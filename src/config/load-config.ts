import { resolve } from 'node:path';
import { problemWords, schemaProblems } from '../rules/index.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { readConfigFile } from './config-file.ts';
import { crossProblems } from './cross-checks.ts';
import { CONFIG_FILE_VARIABLE, readEnvironment } from './environment.ts';
import type { Environment } from './keys.ts';
import { type ConfigOrigins, originsOf } from './origins.ts';
import { type Config, configSchema } from './schema.ts';
import { withStorageCredentials } from './storage-credentials.ts';

export type LoadConfigOptions = {
  /** The operator's file, from `--config`; wins over `HEADWATER_CONFIG`. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** Where relative paths start. */
  readonly cwd: string;
};

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function layered(lower: unknown, upper: unknown): unknown {
  if (upper === undefined) return lower;
  if (!isPlain(lower) || !isPlain(upper)) return upper;
  const keys = [...new Set([...Object.keys(lower), ...Object.keys(upper)])];
  return Object.fromEntries(keys.map((key) => [key, layered(lower[key], upper[key])]));
}

function withAbsolutePaths(config: Config, cwd: string): Config {
  const path = (file: string) => resolve(cwd, file);
  const optionalPath = (file: string | null) => (file === null ? null : path(file));
  const { certFile, keyFile, certificates } = config.tls;
  const ofCluster = config.cluster.tls;
  return {
    ...config,
    dataDir: path(config.dataDir),
    cluster: {
      ...config.cluster,
      tls: {
        certFile: optionalPath(ofCluster.certFile),
        keyFile: optionalPath(ofCluster.keyFile),
        caFile: optionalPath(ofCluster.caFile),
      },
    },
    recordingsDir: path(config.recordingsDir),
    archiveDir: optionalPath(config.archiveDir),
    vod: { ...config.vod, cacheDir: optionalPath(config.vod.cacheDir) },
    storages: config.storages.map((each) => ('folder' in each ? { ...each, folder: path(each.folder) } : each)),
    watermarksDir: path(config.watermarksDir),
    slatesDir: path(config.slatesDir),
    rulesFile: optionalPath(config.rulesFile),
    media: { ...config.media, roots: config.media.roots.map(path), workDir: optionalPath(config.media.workDir) },
    transcode: { ...config.transcode, font: optionalPath(config.transcode.font) },
    countryDatabase: optionalPath(config.countryDatabase),
    ffmpegPath: config.ffmpegPath?.includes('/') ? path(config.ffmpegPath) : config.ffmpegPath,
    tls: {
      ...config.tls,
      certFile: optionalPath(certFile),
      keyFile: optionalPath(keyFile),
      certificates: certificates.map((each) => ({
        ...each,
        certFile: path(each.certFile),
        keyFile: path(each.keyFile),
      })),
    },
  };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

/** Defaults, then the file, then the environment. Throws ConfigError with everything that is wrong. */
export function loadConfig(options: LoadConfigOptions): Config {
  return loadConfigWithOrigins(options).config;
}

/** The same, and who set what. */
export function loadConfigWithOrigins({ file, env, cwd }: LoadConfigOptions): {
  readonly config: Config;
  readonly origins: ConfigOrigins;
} {
  const named = file ?? (env[CONFIG_FILE_VARIABLE] || undefined);
  const source = named === undefined ? 'configuration' : resolve(cwd, named);
  const read = named === undefined ? { document: {}, problems: [] } : readConfigFile(source);
  const environment = readEnvironment(env);
  const document = isPlain(read.document) ? read.document : {};
  const whole = withStorageCredentials(layered(layered(environment.under, document), environment.over), env);
  const parsed = configSchema.safeParse(whole.document, { error: problemWords });
  const problems: ConfigProblem[] = [...read.problems, ...environment.problems, ...whole.problems];
  const located = ({ path, message, ...rest }: { path: string; message: string }): ConfigProblem => {
    const variable = environment.variables.get(path.replace(/\[.*$/, ''));
    return variable === undefined
      ? { source, key: path, message, ...rest }
      : { source: 'environment', key: variable, message, ...rest };
  };
  if (parsed.success) problems.push(...crossProblems(parsed.data).map(located));
  else problems.push(...schemaProblems(configSchema, parsed.error).map(located));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  const origins = { file: named === undefined ? undefined : source, byPath: originsOf(environment, document) };
  return { config: freeze(withAbsolutePaths(parsed.data, cwd)), origins };
}

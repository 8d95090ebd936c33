import { AnswerError, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';

/** `GET /api/v1/settings`: a setting of the node's configuration. */
export type SettingEntry = {
  readonly path: string;
  readonly variable?: string;
  readonly explanation: string;
  readonly unit: string;
  readonly default: string;
  /** Undefined where there is none to show. */
  readonly value?: string;
  readonly isSecret: boolean;
  readonly isSet: boolean;
  readonly from: 'default' | 'file' | 'environment';
  readonly setBy?: string;
  readonly isContentFollowed: boolean;
};

export type FolderEntry = {
  readonly purpose: string;
  readonly storage?: string;
  readonly path: string;
  readonly freeBytes?: number;
  readonly totalBytes?: number;
  readonly problem?: string;
};

export type DoorEntry = {
  readonly name: string;
  readonly host: string;
  readonly port?: number;
  readonly isLocal: boolean;
};

export type NodeSettings = {
  readonly node: {
    readonly name: string;
    readonly id: string;
    readonly version: string;
    readonly startedAtMs: number;
    readonly uptimeSeconds?: number;
    readonly runtime: string;
    readonly system: string;
    readonly cpus: number;
    readonly memoryBytes?: number;
  };
  readonly databaseKind: string;
  readonly ffmpeg: {
    readonly path?: string;
    readonly version?: string;
    readonly hardware: string;
    readonly fallbackReason?: string;
    readonly encoders: readonly { readonly codec: string; readonly encoder?: string }[];
  };
  readonly folders: readonly FolderEntry[];
  readonly doors: readonly DoorEntry[];
  readonly file?: { readonly path: string; readonly isChanged: boolean };
  readonly settings: readonly SettingEntry[];
};

export function readNodeSettings(answer: unknown): NodeSettings {
  const { node, database, ffmpeg, folders, doors, file, settings } = fields(answer);
  if (!Array.isArray(settings)) throw new AnswerError('the answer holds no settings');
  const about = fields(node);
  const path = text(fields(file).path);
  return {
    node: {
      name: text(about.name) ?? '',
      id: text(about.id) ?? '',
      version: text(about.version) ?? '',
      startedAtMs: Date.parse(text(about.startedAt) ?? '') || 0,
      ...optional('uptimeSeconds', number(about.uptimeSeconds)),
      runtime: text(about.runtime) ?? '',
      system: text(about.system) ?? '',
      cpus: number(about.cpus) ?? 0,
      ...optional('memoryBytes', number(about.memoryBytes)),
    },
    databaseKind: text(fields(database).kind) ?? '',
    ffmpeg: readFfmpeg(ffmpeg),
    folders: list(folders).map(readFolder),
    doors: list(doors).map(readDoor),
    ...(path === undefined ? {} : { file: { path, isChanged: fields(file).isChanged === true } }),
    settings: settings.map(readSetting),
  };
}

function readFfmpeg(answer: unknown): NodeSettings['ffmpeg'] {
  const { path, version, hardware, fallbackReason, encoders } = fields(answer);
  return {
    ...optional('path', text(path)),
    ...optional('version', text(version)),
    hardware: text(hardware) ?? '',
    ...optional('fallbackReason', text(fallbackReason)),
    encoders: list(encoders).map((each) => ({
      codec: text(fields(each).codec) ?? '',
      ...optional('encoder', text(fields(each).encoder)),
    })),
  };
}

function readFolder(answer: unknown): FolderEntry {
  const { purpose, storage, path, freeBytes, totalBytes, problem } = fields(answer);
  return {
    purpose: text(purpose) ?? '',
    ...optional('storage', text(storage)),
    path: text(path) ?? '',
    ...optional('freeBytes', number(freeBytes)),
    ...optional('totalBytes', number(totalBytes)),
    ...optional('problem', text(problem)),
  };
}

function readDoor(answer: unknown): DoorEntry {
  const { name, host, port, isLocal } = fields(answer);
  return {
    name: text(name) ?? '',
    host: text(host) ?? '',
    ...optional('port', number(port)),
    isLocal: isLocal === true,
  };
}

function readSetting(answer: unknown): SettingEntry {
  const entry = fields(answer);
  return {
    path: text(entry.path) ?? '',
    ...optional('variable', text(entry.variable)),
    explanation: text(entry.explanation) ?? '',
    unit: text(entry.unit) ?? '',
    default: shownValue(entry.default) ?? '',
    ...optional('value', shownValue(entry.value)),
    isSecret: entry.isSecret === true,
    isSet: entry.isSet === true,
    from: oneOf<SettingEntry['from']>(entry.from, ['default', 'file', 'environment']) ?? 'default',
    ...optional('setBy', text(entry.setBy)),
    isContentFollowed: entry.isContentFollowed === true,
  };
}

/** As it is written in the file; undefined where there is nothing. */
function shownValue(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((each) => text(each) ?? objectText(each)).join('\n');
  }
  return text(value) ?? (number(value) === undefined ? undefined : String(value));
}

function objectText(value: unknown): string {
  const set = Object.entries(fields(value)).filter(([, each]) => each !== null);
  return set
    .map(([name, each]) => `${name}: ${typeof each === 'object' ? JSON.stringify(each) : String(each)}`)
    .join(', ');
}

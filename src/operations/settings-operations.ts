import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import { type Operation, operation, type Shown } from './base/index.ts';
import { nodeQuery } from './node-operations.ts';
import { time } from './schemas.ts';

const item = z.union([z.string(), z.record(z.string(), z.unknown())]);
const value = z.union([z.string(), z.number(), z.null(), z.array(item)]);

const setting = z
  .strictObject({
    path: z.string().describe('As in the configuration file, such as `rtmp.port`'),
    variable: z
      .string()
      .exactOptional()
      .describe('The environment variable that sets it; none where only the file can'),
    explanation: z.string(),
    unit: z.string(),
    default: value,
    value: value.exactOptional().describe('As it is in force; null is not set. Left out of a secret'),
    isSecret: z.boolean(),
    isSet: z.boolean(),
    from: z.enum(['default', 'file', 'environment']).describe('Who set it'),
    setBy: z.string().exactOptional().describe('The variable that set it, where one did'),
    isContentFollowed: z
      .boolean()
      .describe('What is in the files that it names is followed while the server runs; the setting itself is not'),
  })
  .meta({ id: 'Setting' });

const folder = z
  .strictObject({
    purpose: z.enum(['data', 'recordings', 'archive', 'watermarks', 'slates', 'storage']),
    storage: z.string().exactOptional().describe('The name of the storage'),
    path: z.string(),
    freeBytes: z.number().exactOptional(),
    totalBytes: z.number().exactOptional(),
    problem: z.string().exactOptional().describe('Why the free space is not known'),
  })
  .meta({ id: 'NodeFolder' });

const door = z
  .strictObject({
    name: z.enum(['rtmp', 'rtmps', 'playback', 'playbackTls', 'control', 'upload', 'metrics']),
    host: z.string().describe('The address that it listens on'),
    port: z.int().exactOptional().describe('None while it is not open'),
    isOpen: z.boolean(),
    isLocal: z.boolean().describe('Whether only this machine reaches it'),
  })
  .meta({ id: 'NodeDoor' });

const nodeSettings = z
  .strictObject({
    node: z.strictObject({
      name: z.string(),
      id: z.string(),
      version: z.string(),
      startedAt: time,
      uptimeSeconds: z.number(),
      runtime: z.string().describe('Node.js and its version'),
      system: z.string(),
      cpus: z.int(),
      memoryBytes: z.number(),
    }),
    database: z.strictObject({
      kind: z.enum(['external', 'native', 'pglite', 'none']).describe('`native` and `pglite` are the server’s own'),
    }),
    ffmpeg: z.strictObject({
      path: z.string().exactOptional(),
      version: z.string().exactOptional(),
      hardware: z.string().describe('What renditions are encoded with'),
      fallbackReason: z.string().exactOptional().describe('Why it is software where hardware was asked for'),
      encoders: z.array(z.strictObject({ codec: z.string(), encoder: z.string().exactOptional() })),
    }),
    folders: z.array(folder),
    doors: z.array(door),
    file: z
      .strictObject({ path: z.string(), isChanged: z.boolean().describe('Since the server started') })
      .exactOptional()
      .describe('The configuration file, where there is one'),
    settings: z.array(setting).describe('A change of any takes effect when the server is started again'),
  })
  .meta({ id: 'NodeSettings' });

export type NodeSettings = Shown<z.input<typeof nodeSettings>>;

/** `GET /settings`. */
export function settingsOperations(settings: () => Promise<NodeSettings>): readonly Operation[] {
  return [
    operation({
      ...{ at: 'node', name: 'getSettings', area: 'Server', method: 'get', path: '/settings', action: 'health:read' },
      summary: 'The configuration of this node as it is in force, without secrets, and what it runs on',
      resource: () => SERVER,
      query: nodeQuery,
      answer: nodeSettings,
      run: () => settings(),
    }),
  ];
}

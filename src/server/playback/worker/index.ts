export type { CopiedStreams } from './copied-streams.ts';
export { WorkerServer, type WorkerServerOptions } from './worker-server.ts';

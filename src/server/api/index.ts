export { controlApp, operationsOf, ownFilesOf, ownOperationsOf, watchedApp, workerApp } from './control-app.ts';
export type { ControlDoor } from './control-door.ts';
export { EventStream } from './event-stream.ts';
export { type FileHolders, fileApp } from './files-elsewhere.ts';

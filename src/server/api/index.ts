export { controlApp, operationsOf, ownOperationsOf, watchedApp, workerApp } from './control-app.ts';
export type { ControlDoor } from './control-door.ts';
export { EventStream } from './event-stream.ts';

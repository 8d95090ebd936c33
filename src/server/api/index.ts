export { controlApp, metricsApp } from './control-app.ts';
export type { ControlDoor, EventPage, NodeHealth } from './control-door.ts';

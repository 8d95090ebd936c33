export { type OssEvents, ossEvents } from './oss-event.ts';
export { CREATED_EVENTS, type TriggerSettings, triggerSettings } from './trigger-settings.ts';
export {
  type Fired,
  type NewTrigger,
  type Trigger,
  type TriggeredWork,
  Triggers,
  type TriggersOptions,
} from './triggers.ts';
export { type WatchOptions, watchTriggers } from './watch-triggers.ts';

export { Governor, type GovernorOptions, LEVELS, type LoadLevel, type Pressure } from './governor.ts';
export { type Measure, RESOURCES, type Resource } from './measure.ts';
export { descriptorsOpen, MachineMeasures } from './measure-machine.ts';
export { POINT_SECONDS, RecentMeasures } from './recent.ts';
export { type FirstThresholds, thresholdsFrom } from './thresholds.ts';
export { type WorkerLoad, withWorkers } from './with-workers.ts';

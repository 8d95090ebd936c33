export { type DoctorOptions, doctor } from './doctor.ts';
export { rebuildIndexes } from './rebuild-indexes.ts';

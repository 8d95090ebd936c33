export { type Check, fail, ok, warn } from './check.ts';
export { type DoctorOptions, doctor } from './doctor.ts';
export { folderCheck } from './folder-checks.ts';
export { rebuildIndexes } from './rebuild-indexes.ts';

export { bucketDown } from './bucket-down.ts';
export { dbDown } from './db-down.ts';
export { type Drill, type DrillStep, runDrill } from './drill.ts';
export { dryBuckets, dryDatabase } from './dry.ts';
export { encoderLoss } from './encoder-loss.ts';
export { keyRotation } from './key-rotation.ts';
export { type DrillReport, reportOf, stepText, verdictText } from './report.ts';

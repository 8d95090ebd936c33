export * from './sparkline.tsx';
export * from './sparkline-path.ts';

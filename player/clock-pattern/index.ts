export * from './clock-pattern.ts';

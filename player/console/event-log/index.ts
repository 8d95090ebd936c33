export * from './event-list.tsx';
export * from './event-tail.ts';

export * from './console-icons.tsx';
export * from './icons.tsx';

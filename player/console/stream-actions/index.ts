export * from './block-dialog.tsx';
export * from './clip-dialog.tsx';
export * from './kick-dialog.tsx';
export * from './marker-dialog.tsx';
export * from './record-button.tsx';
export * from './stream-id.ts';
export * from './words.ts';

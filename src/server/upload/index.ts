export { TUS_PATH } from './tus-door.ts';
export type { UploadDoor } from './upload-door.ts';
export { UploadServer } from './upload-server.ts';

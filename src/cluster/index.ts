export { type Answered, askForStream, type StreamPlace } from './ask-for-stream.ts';
export { CopiedStream, RefusedCopyError } from './copied-stream.ts';
export type { CopyPull } from './copy-pull.ts';
export { StreamCopies, type StreamCopiesOptions } from './stream-copies.ts';
export { StreamDoor, type StreamDoorOptions } from './stream-door.ts';
export { receiveStream } from './stream-receiver.ts';
export { StreamSender, type StreamSenderOptions } from './stream-sender.ts';
export type { RenditionFacts } from './wire/index.ts';

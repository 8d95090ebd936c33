export { AllStreams, type AllStreamsOptions, type ListedStreams, type StreamsOfNode } from './all-streams.ts';
export { forwarded, type OtherNodes } from './forwarded.ts';
export { ForwardedCalls } from './forwarded-call.ts';
export { type NodeFacts, type NodeListDoor, nodeOperations, nodeQuery } from './node-operations.ts';

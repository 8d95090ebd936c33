export { explainUrl, type Look } from './explain-url.ts';
export { type RenditionFacts, type Report, reportText, type ServerFacts } from './explanation.ts';
export { type LinkDoor, linkOperations } from './link-operations.ts';
export { type SignedUrl, signStreamUrl } from './sign-url.ts';
export { spanText } from './span-text.ts';
export { RefusedHostError, type Side, type StreamUrl } from './stream-url.ts';

export { LibraryError, type LibraryErrorCode } from './library-error.ts';

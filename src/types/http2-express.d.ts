declare module 'http2-express' {
  import type express from 'express';
  /** Makes an Express that answers HTTP/2 requests as well. */
  export default function http2Express(factory: typeof express): express.Express;
}

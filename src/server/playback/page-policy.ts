/** The Content-Security-Policy of pages that may be embedded anywhere, and play from where they came. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src * blob:; connect-src *; worker-src 'self'; base-uri 'none'; form-action 'self'";

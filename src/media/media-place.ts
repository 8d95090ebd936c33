/** Where media is: an object of a storage, a file below one of `media.roots`, or an address that is fetched. */
export type MediaPlace =
  | { readonly storage: string; readonly object: string }
  | { readonly file: string }
  | { readonly url: string };

/** Where media goes: an object of a storage. */
export type MediaTarget = { readonly storage: string; readonly object: string };

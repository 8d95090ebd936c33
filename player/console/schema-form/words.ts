/** What the form says, in the reader's language. */
export type FormWords = {
  readonly label: (name: string) => { readonly label: string; readonly unit?: string };
  /** A field's hint, of the server's own schema. */
  readonly hint: (english: string) => string;
  readonly inherited: string;
  readonly usual: (value: string) => string;
  readonly on: string;
  readonly off: string;
  readonly oneALine: string;
  /** An example of a name with its word. */
  readonly pair: string;
  readonly makeKey: string;
  readonly add: string;
  readonly remove: string;
  readonly form: string;
  readonly notJson: string;
};

/** So much of the client as the tests use. */
declare module 'ali-oss' {
  type Answer = { readonly res: { readonly status: number; readonly headers: Readonly<Record<string, string>> } };
  export type Checkpoint = { readonly uploadId: string; readonly doneParts: readonly { readonly number: number }[] };
  type Multipart = {
    readonly partSize?: number;
    readonly parallel?: number;
    readonly checkpoint?: Checkpoint;
    readonly progress?: (share: number, checkpoint: Checkpoint | undefined) => void | Promise<void>;
    readonly headers?: Readonly<Record<string, string>>;
  };
  type Listed = {
    readonly objects?: readonly { readonly name: string; readonly size: number }[] | null;
    readonly prefixes?: readonly string[] | null;
    readonly nextMarker?: string | null;
    readonly nextContinuationToken?: string | null;
    readonly isTruncated: boolean;
  };
  export default class OSS {
    constructor(options: object);
    put(name: string, content: Buffer | string, options?: { headers?: object }): Promise<Answer>;
    putStream(name: string, stream: NodeJS.ReadableStream, options?: object): Promise<Answer>;
    multipartUpload(name: string, file: string | Buffer, options?: Multipart): Promise<Answer & { etag: string }>;
    initMultipartUpload(name: string): Promise<{ readonly uploadId: string }>;
    uploadPart(
      name: string,
      id: string,
      number: number,
      file: string,
      from: number,
      to: number,
    ): Promise<{ etag: string }>;
    completeMultipartUpload(
      name: string,
      id: string,
      parts: readonly { number: number; etag: string }[],
    ): Promise<Answer & { readonly etag: string }>;
    abortMultipartUpload(name: string, id: string): Promise<Answer>;
    listUploads(query: object): Promise<{ readonly uploads: readonly { readonly uploadId: string }[] }>;
    listParts(name: string, id: string): Promise<{ readonly parts: readonly object[] }>;
    head(name: string): Promise<Answer & { readonly status: number }>;
    get(name: string, options?: { headers?: object }): Promise<Answer & { readonly content: Buffer }>;
    list(query: object): Promise<Listed>;
    listV2(query: object): Promise<Listed>;
    signatureUrl(name: string, options?: object): string;
    cancel(): void;
  }
}

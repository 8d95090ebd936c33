import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

export type S3Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** How a bucket is reached. Without credentials the SDK looks for them where AWS tools do. */
export type S3Options = {
  readonly name: string;
  /** Not set: Amazon's own, by region. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  /** What all object names begin with in the bucket, without a slash at its end. */
  readonly prefix?: string;
  readonly credentials?: S3Credentials;
  /** `AES256` with keys of the storage, `KMS` with those of its key management. */
  readonly encryption?: 'none' | 'AES256' | 'KMS';
  readonly kmsKeyId?: string;
  /** The bucket in the path and not in the host name. */
  readonly pathStyle: boolean;
  /** A connection on which nothing moves for this long is given up. */
  readonly idleMs?: number;
  /** Files longer than this go in parts. */
  readonly multipartBytes?: number;
};

const CONNECT_MS = 10_000;
const IDLE_MS = 30_000;
const MAX_SOCKETS = 50;
const nothing = () => undefined;
/** What the SDK would write to the console comes as an error, too. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

// It would tell the operator about a Node.js version that we chose.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** A client that sends plain bodies: OSS and older servers do not take the SDK's own checksum trailers. */
export function s3Client({ endpoint, region, credentials, pathStyle, idleMs = IDLE_MS }: S3Options): S3Client {
  const common = shared({ endpoint, region, pathStyle, idleMs });
  // A copy, because the SDK notes in it where it comes from.
  return new S3Client(credentials ? { ...common, credentials: { ...credentials } } : common);
}

/** The same without any signature: what a stranger is. */
export function strangersClient({ endpoint, region, pathStyle, idleMs = IDLE_MS }: S3Options): S3Client {
  return new S3Client({
    ...shared({ endpoint, region, pathStyle, idleMs }),
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    signer: { sign: async (request) => request },
    maxAttempts: 1,
  });
}

type Shared = Pick<S3Options, 'region' | 'pathStyle'> & { endpoint: string | undefined; idleMs: number };

function shared({ endpoint, region, pathStyle, idleMs }: Shared): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    region,
    forcePathStyle: pathStyle,
    logger: SILENT,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: idleMs, httpAgent: agent, httpsAgent: agent },
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

import { z } from 'zod';

const onOff = z.enum(['off', 'on']).default('off');
const optional = z.string().min(1).nullable().default(null);

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, {
  error: 'must be a short name of small letters, digits and hyphens, such as archive-1',
});

const folder = z.strictObject({ name, kind: z.literal('folder'), folder: z.string().min(1) });

const s3 = z.strictObject({
  name,
  kind: z.literal('s3'),
  /** Not set, it is Amazon's own. */
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://oss-eu-central-1.aliyuncs.com' })
    .nullable()
    .default(null),
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, { error: 'must be the name of a bucket' }),
  /** What the names of all objects begin with. */
  prefix: z
    .string()
    .regex(/^(?!.*(^|\/)\.{0,2}(\/|$))[^\\\p{Cc}\p{Cs}]{1,512}$/u, {
      error: 'must be a path such as live/eu, without a slash at its ends, without . and ..',
    })
    .nullable()
    .default(null),
  accessKeyId: optional,
  secretAccessKey: optional,
  sessionToken: optional,
  encryption: z.enum(['none', 'AES256', 'KMS']).default('none'),
  kmsKeyId: optional,
  pathStyle: onOff,
});

/** Where objects are stored; credentials can come from the environment. */
export const storageSchema = z.discriminatedUnion('kind', [folder, s3]);

export type ConfiguredStorage = z.output<typeof storageSchema>;

import { z } from 'zod';

/** What Object Storage Service tells a function of: new objects of a bucket. Other fields are left alone. */
export const ossEvents = z.object({
  events: z
    .array(
      z.object({
        eventName: z.string().max(200),
        oss: z.object({
          bucket: z.object({ name: z.string().max(200) }),
          object: z.object({
            key: z.string().min(1).max(1024),
            size: z.number().optional(),
            eTag: z.string().max(200).optional(),
          }),
        }),
      }),
    )
    .min(1)
    .max(100),
});

export type OssEvents = z.output<typeof ossEvents>;

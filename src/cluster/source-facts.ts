import { z } from 'zod';

/** The header in which a node tells another one of an encoder that pushes to it. */
export const SOURCE_HEADER = 'headwater-source';
/** The header in which that one says why it does not take it. */
export const REFUSAL_HEADER = 'headwater-refusal';

const factsSchema = z.object({
  role: z.enum(['main', 'backup']),
  sessionId: z.string(),
  /** Of the encoder. */
  address: z.string(),
  host: z.string(),
  query: z.string(),
  encoder: z.string(),
  streamKeyId: z.string().optional(),
  /** It is fetched by the rules, and no signature let it in. */
  isPull: z.boolean().optional(),
  /** The name of the node that it pushes to. */
  node: z.string(),
});

const refusalSchema = z.object({ code: z.string(), description: z.string() });

/** An encoder, as the node knows it that let it in. */
export type SourceFacts = z.infer<typeof factsSchema>;

export type SourceRefusal = z.infer<typeof refusalSchema>;

export function writeHeader(value: SourceFacts | SourceRefusal): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export const readFacts = (header: unknown) => read(header, factsSchema);
export const readRefusal = (header: unknown) => read(header, refusalSchema);

function read<Value>(header: unknown, schema: z.ZodType<Value>): Value | undefined {
  if (typeof header !== 'string') return undefined;
  try {
    return schema.safeParse(JSON.parse(Buffer.from(header, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}

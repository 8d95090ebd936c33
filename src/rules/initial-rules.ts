import type { RulesInput } from './schema.ts';

/** Made at the first start, by this node, for this node. */
export type InitialSecrets = {
  /** Signs push URLs, type A. */
  readonly pushKey: string;
  /** The first lasting stream key, for encoders that cannot sign. */
  readonly streamKey: string;
};

/** Rules to begin with: whoever pushes needs a key, whoever plays does not. */
export function initialRules({ pushKey, streamKey }: InitialSecrets): RulesInput {
  return {
    domains: [
      {
        name: 'default',
        push: { auth: { type: 'type_a', key1: pushKey }, streamKeys: true },
        play: { auth: { type: 'no_auth' } },
      },
    ],
    streamKeys: [{ id: 'first', key: streamKey, match: { domain: 'default', app: '*', stream: '*' } }],
  };
}

import type { Domain, Side } from './host.ts';

/** Arguments of a function of ApsaraVideo's, all of them texts. */
export type Args = Readonly<Record<string, string>>;

/** A function of ApsaraVideo's that a domain of ours has a setting for. */
export type DomainFunction = {
  /** The sides that have it; left out, both. */
  readonly sides?: readonly Side[];
  /** Undefined where it is not set. */
  readonly read: (domain: Domain, side: Side) => Args | undefined;
  readonly write: (domain: Domain, side: Side, args: Args) => Domain;
  readonly clear: (domain: Domain, side: Side) => Domain;
};

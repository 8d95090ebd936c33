/** The service levels of config/prometheus/headwater-slo.rules.yml that an audience can see. */
export const JOIN = { objective: 0.99, withinMs: 1000 } as const;
export const REBUFFER = { objective: 0.95, stalledShare: 0.01 } as const;

import type { Service } from '../base/index.ts';

/** ApsaraVideo VOD, as far as it is served. */
export const VOD: Service = { name: 'VOD', version: '2017-03-21', actions: [] };

import { text } from '../base/index.ts';

/** A program's own words on a media; `Extend` in it comes back in events, an address for callbacks of its own is refused. */
export const userData = text.refine((given) => !hasCallback(given), {
  error: 'MessageCallback is not done here; SetMessageCallback says where to tell of all videos',
});

function hasCallback(given: string): boolean {
  try {
    const said: unknown = JSON.parse(given);
    return typeof said === 'object' && said !== null && 'MessageCallback' in said;
  } catch {
    return false;
  }
}

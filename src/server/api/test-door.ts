import type { ControlDoor } from './control-door.ts';

/** A door behind which nothing is, for what is only told of operations. */
export function standInDoor(): ControlDoor {
  const nothing: unknown = new Proxy(() => undefined, { get: () => nothing });
  return new Proxy({ consoleDir: '/' } as ControlDoor, {
    get: (target, name) => Reflect.get(target, name) ?? nothing,
  });
}

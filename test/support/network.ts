import { execFileSync, spawnSync } from 'node:child_process';

/** A machine of its own as far as the network is concerned: a network namespace. */
export type Machine = {
  readonly name: string;
  /** Where this process reaches it, and it this process. */
  readonly address: string;
  /** Where the other machines reach it, by cables of their own. */
  readonly backAddress: string;
  /** A command that runs there what it is given. */
  command(command: string, args: readonly string[]): [string, string[]];
  /** Pulls a cable at the switch's end: packets are lost in silence, and nobody is told. */
  unplug(cable?: Cable): void;
  plug(cable?: Cable): void;
  /** Lets no more through than so much each way, with half a second of it waiting. */
  narrow(kbps: number, cable?: Cable): void;
  widen(cable?: Cable): void;
};

/** `back` leads to the other machines, `front` to this process. */
export type Cable = 'back' | 'front';

export type Network = {
  /** This process in the network, and all of it; for a database. */
  readonly host: string;
  readonly network: string;
  machine(name: string): Machine;
  close(): void;
};

/** Reserved for measuring networks (RFC 2544). */
const PREFIX = '198.18';

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/** Why no network can be made here; undefined where it can. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  const name = `hw${process.pid}-try`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `ip netns add: ${made.stderr ?? made.error?.message}`;
  try {
    ip('-n', name, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    execFileSync('tc', ['-n', name, 'qdisc', 'add', 'dev', 'v0', 'root', 'tbf', ...shape(1000)], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error);
  } finally {
    spawnSync('ip', ['netns', 'del', name]);
  }
}

/**
 * A network of machines on two switches, which are bridges in a namespace of their own:
 *
 *     this process ── front ── machine ── back ── the other machines
 */
export function openNetwork(): Network {
  const own = `hw${process.pid.toString(36)}`;
  const hub = `${own}-hub`;
  const made: string[] = [];
  const namespace = (name: string) => {
    ip('netns', 'add', name);
    made.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  };
  const subnet = freeSubnet();
  namespace(hub);
  for (const cable of ['front', 'back']) {
    ip('-n', hub, 'link', 'add', cable, 'type', 'bridge', 'forward_delay', '0');
    ip('-n', hub, 'link', 'set', cable, 'up');
  }
  const plugIn = (port: string, cable: Cable) => {
    ip('-n', hub, 'link', 'set', port, 'master', cable);
    ip('-n', hub, 'link', 'set', port, 'up');
  };
  ip('link', 'add', own, 'type', 'veth', 'peer', 'name', 'host', 'netns', hub);
  ip('addr', 'add', `${PREFIX}.${subnet}.1/24`, 'dev', own);
  ip('link', 'set', own, 'up');
  plugIn('host', 'front');
  const machine = (name: string): Machine => {
    const there = `${own}-${name}`;
    namespace(there);
    const last = 10 + made.length;
    const addresses = { front: `${PREFIX}.${subnet}.${last}`, back: `${PREFIX}.${subnet + 1}.${last}` };
    const portOf = (cable: Cable) => `${cable}-${name}`.slice(0, 15);
    for (const cable of ['front', 'back'] as const) {
      ip('link', 'add', cable, 'netns', there, 'type', 'veth', 'peer', 'name', portOf(cable), 'netns', hub);
      ip('-n', there, 'addr', 'add', `${addresses[cable]}/24`, 'dev', cable);
      ip('-n', there, 'link', 'set', cable, 'up');
      plugIn(portOf(cable), cable);
    }
    /** Both ends of a cable, each of which shapes what it sends. */
    const ends = (cable: Cable) => [
      [hub, portOf(cable)],
      [there, cable],
    ];
    return {
      ...{ name, address: addresses.front, backAddress: addresses.back },
      command: (command, args) => ['ip', ['netns', 'exec', there, command, ...args]],
      unplug: (cable = 'back') => void ip('-n', hub, 'link', 'set', portOf(cable), 'down'),
      plug: (cable = 'back') => void ip('-n', hub, 'link', 'set', portOf(cable), 'up'),
      narrow(kbps, cable = 'back') {
        for (const [at = '', device = ''] of ends(cable)) {
          execFileSync('tc', ['-n', at, 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...shape(kbps)]);
        }
      },
      widen(cable = 'back') {
        for (const [at = '', device = ''] of ends(cable)) {
          execFileSync('tc', ['-n', at, 'qdisc', 'del', 'dev', device, 'root']);
        }
      },
    };
  };
  return {
    host: `${PREFIX}.${subnet}.1`,
    network: `${PREFIX}.${subnet}.0/24`,
    machine,
    close() {
      spawnSync('ip', ['link', 'del', own]);
      for (const name of made) spawnSync('ip', ['netns', 'del', name]);
    },
  };
}

function shape(kbps: number): string[] {
  return ['rate', `${kbps}kbit`, 'burst', '16kb', 'latency', '500ms'];
}

/** Two neighbouring subnets that nobody has here. */
function freeSubnet(): number {
  const taken = ip('-o', '-4', 'addr');
  for (let tries = 0; tries < 100; tries++) {
    const subnet = 2 * Math.floor(Math.random() * 127);
    if (!taken.includes(`${PREFIX}.${subnet}.`)) return subnet;
  }
  throw new Error(`no subnet of ${PREFIX}.0.0/16 is free`);
}

import { Command, Option } from 'commander';
import type { DrillName } from './drill.ts';

type Exit = (code: number) => void;

const EXIT_CODES = '\nExit codes: 0 well, 1 not well, 2 a wrong command line or configuration.';

/** All commands, each loaded only when it runs; `exit` is told its code. */
export function makeProgram(exit: Exit): Command {
  const program = new Command('headwater')
    .description('A self-hosted live streaming origin')
    .option('-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('Add --help to see what is possible.')
    .addHelpText('after', EXIT_CODES);
  addServer(program, exit);
  addWorker(program, exit);
  addMedia(program, exit);
  addUrls(program, exit);
  addChecks(program, exit);
  addRehearsal(program, exit);
  addDrills(program, exit);
  addRules(program, exit);
  addData(program, exit);
  addEvents(program, exit);
  addSecrets(program, exit);
  addAudit(program, exit);
  return program;
}

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--config <file>', 'the configuration file (else HEADWATER_CONFIG, else defaults and environment)');
}

function addServer(program: Command, exit: Exit): void {
  command(program, 'serve', 'run the server')
    .option('--banner', 'print server, key and addresses once it runs')
    .action(async (options) => {
      const { serve } = await import('./serve.ts');
      exit(await serve(options));
    });
}

function addWorker(program: Command, exit: Exit): void {
  command(program, 'worker', 'work steps of jobs and nothing else, on the database and storages of a server')
    .option('--concurrency <number>', 'how many steps at a time (else jobs.concurrency, else half of the cores)')
    .option('--grace <time>', 'at the end, how long running steps may take before others get them', '10s')
    .addHelpText('after', '\nIt needs DATABASE_URL and the storages of the server; as many as wanted may run.')
    .action(async (options) => {
      const { work } = await import('./worker.ts');
      exit(await work(options));
    });
}

function addMedia(program: Command, exit: Exit): void {
  const pictures = (name: string, description: string, example: string) =>
    command(program, `${name} <file>`, description)
      .option('--output <file>', `where it goes (else the name of the film, here)`)
      .option('--width <pixels>', 'how wide; the height follows')
      .option('--force', 'replace what is there')
      .addHelpText('after', `\nExample: headwater ${example}`);
  command(program, 'probe <file>', 'say what a media file is: container, tracks, duration, rotation, colours')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nAn address that begins with http:// or https:// is fetched.')
    .action(async (file, options) => {
      const { probe } = await import('./media.ts');
      exit(await probe(file, options));
    });
  pictures('frame', 'write one picture of a film: JPEG, PNG or WebP, as its name ends', 'frame film.mp4 --at 12.5')
    .option('--at <seconds>', 'from the beginning', '0')
    .action(async (file, options) => {
      const { frame } = await import('./media.ts');
      exit(await frame(file, options));
    });
  pictures('gif', 'write a moving preview of a film: GIF, or WebP as its name ends', 'gif film.mp4 --seconds 4')
    .option('--start <seconds>', 'from the beginning', '0')
    .option('--seconds <seconds>', 'how long', '3')
    .option('--fps <number>', 'pictures a second', '10')
    .action(async (file, options) => {
      const { gif } = await import('./media.ts');
      exit(await gif(file, options));
    });
}

function addUrls(program: Command, exit: Exit): void {
  command(program, 'sign <url>', 'print a push or play URL with a valid signature; needs no running server')
    .option('--expires <when>', "how long it is good: seconds, 1h or an ISO date (else the rule's validity)")
    .option('--uid <uid>', 'whom the URL is for; revocations and limits go by it')
    .option('--rand', 'put a random part in, so that no two URLs are the same')
    .addOption(new Option('--key <name>', 'the key to sign with').choices(['main', 'backup']).default('main'))
    .option('--push', 'an RTMP URL is for pushing (the default where its host does not tell)')
    .option('--play', 'an RTMP URL is for playing')
    .addHelpText('after', '\nExample: headwater sign rtmp://push.example.com/live/demo --expires 4h')
    .action(async (url, options) => {
      const { sign } = await import('./sign.ts');
      exit(await sign(url, options));
    });
  command(program, 'explain <url>', 'say what becomes of a URL and why: every step, one verdict, one remedy')
    .option('--address <ip>', 'the address of the client', '127.0.0.1')
    .option('--referer <url>', 'the Referer it sends')
    .option('--user-agent <text>', 'the User-Agent it sends')
    .option('--country <code>', 'the country it is in, two letters')
    .option('--push', 'an RTMP URL is for pushing (the default where its host does not tell)')
    .option('--play', 'an RTMP URL is for playing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nThe URL works: 0. It does not: 1. Put it in quotes, as it has an & or a ? in it.')
    .action(async (url, options) => {
      const { explain } = await import('./explain.ts');
      exit(await explain(url, options));
    });
}

function addChecks(program: Command, exit: Exit): void {
  command(program, 'check-config [file]', 'list everything that is wrong in configuration and rules file')
    .option('--rules <file>', 'check this rules file instead of the one that the configuration names')
    .addHelpText('after', '\nNothing wrong: 0, else 2.')
    .action(async (file, options) => {
      const { checkConfig } = await import('./check-config.ts');
      exit(await checkConfig(file, options));
    });
  command(program, 'doctor', 'list what is missing, misconfigured, taken or weak on this machine')
    .option('--json', 'print JSON')
    .option('--rebuild', 'make the indexes of the archive anew from its slices; the server must not run')
    .option('--all-nodes', 'with --rebuild: take in what other nodes brought into storages, too')
    .addHelpText('after', '\nSomething fails: 1, else 0. It may run beside the server or without it.')
    .action(async ({ rebuild, ...options }) => {
      const { doctor, rebuildIndexes } = await import('./doctor/index.ts');
      exit(await (rebuild ? rebuildIndexes(options) : doctor(options)));
    });
}

function addRehearsal(program: Command, exit: Exit): void {
  command(program, 'rehearse', 'watch a stream with an audience made here, and say whether the service levels are kept')
    .option('--viewers <number>', 'how many', '50')
    .option('--for <time>', 'how long in all, such as 5m', '1m')
    .option('--ramp <time>', 'over how long they come (else a quarter of it, a minute at most)')
    .option('--mix <doors>', 'doors and their shares', 'flv=30,hls=20,llhls=50')
    .option('--url <url>', 'the player page, playlist or FLV to watch (else the one stream that is live here)')
    .option('--key-file <file>', 'the file with the key that signs play URLs (else the rules of this machine)')
    .option('--max-mbps <number>', 'no further viewer comes while more than this arrives', '1000')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nKept: 0, else 1. Run it on another machine than the server where you can.')
    .action(async (options) => {
      const { rehearseAudience } = await import('./rehearse.ts');
      exit(await rehearseAudience(options));
    });
}

function addDrills(program: Command, exit: Exit): void {
  const drills = program
    .command('drill')
    .description('exercise a failure on a stream of its own, and report')
    .addHelpText('after', '\nAll as it should be: 0, else 1. Everything that a drill makes goes at its end.');
  const add = (name: DrillName, description: string) =>
    command(drills, name, description)
      .option('--json', 'print JSON')
      .action(async (options) => {
        const { runNamedDrill } = await import('./drill.ts');
        exit(await runNamedDrill(name, options));
      });
  const forReal = 'not on your server, which it leaves alone: on a second one, started for it in a temporary folder';
  add('encoder-loss', 'kill its encoder: who learns of it, and do viewers stay').option(
    '--tell',
    'let alarm channels hear of it (else they are kept quiet)',
  );
  add('key-rotation', 'change the push key of a domain of its own while it is pushed to');
  add('db-down', 'look what would hold without the database').option('--for-real', forReal);
  add('bucket-down', 'look what would hold without buckets').option('--for-real', forReal);
}

function addRules(program: Command, exit: Exit): void {
  command(program, 'export', 'print rules and users as YAML, with references in the places of secrets')
    .option('--out <file>', 'write them to a file')
    .action(async (options) => {
      const { exportRules } = await import('./apply.ts');
      exit(await exportRules(options));
    });
  command(program, 'apply <file>', 'make rules and users of a file those of the running server, all of them or none')
    .option('--dry-run', 'only print what would change')
    .option('--reason <text>', 'why; it stands in the revision')
    .addHelpText('after', '\nA file that changes nothing makes no revision. Secrets: stored, env:NAME or file:PATH.')
    .action(async (file, options) => {
      const { applyRules } = await import('./apply.ts');
      exit(await applyRules(file, options));
    });
}

function addData(program: Command, exit: Exit): void {
  command(program, 'backup <file>', 'write the database to a new file, with or without a running server')
    .addHelpText(
      'after',
      '\nKeys in the file are sealed. It does not hold master.key, secrets.json, the rules file or media.',
    )
    .action(async (file, options) => {
      const { backupTo } = await import('./backup.ts');
      exit(await backupTo(file, options));
    });
  command(program, 'restore <file>', 'fill an empty database from a backup; the server must not run')
    .option('--replace', 'replace what is in the database')
    .action(async (file, options) => {
      const { restoreFrom } = await import('./backup.ts');
      exit(await restoreFrom(file, options));
    });
}

function addEvents(program: Command, exit: Exit): void {
  const events = program.command('events').description('what happened to streams');
  command(events, 'listen', 'bring events to a URL of this machine, as signed JSON (Standard Webhooks)')
    .requiredOption('--forward <url>', 'where to send them')
    .option('--replay <since>', 'begin this long ago (90s, 15m, 1h, 2d) or at an ISO date, not now')
    .option('--server <url>', "another server's control door (else the one that runs here)")
    .option('--password-file <file>', 'the file with its administrator password')
    .option('--secret <secret>', 'sign with this, as a callback rule with this key would (else one is printed)')
    .action(async (options) => {
      const { listenToEvents } = await import('./events-listen.ts');
      exit(await listenToEvents(options));
    });
}

function addSecrets(program: Command, exit: Exit): void {
  const secrets = program.command('secrets').description('the secrets made at the first start');
  command(secrets, 'show', 'print those that are asked for; without options only where they are')
    .option('--stream-key', 'the lasting stream key, for OBS')
    .option('--push-key', 'the key that signs push URLs')
    .option('--play-key', 'the key that signs play URLs once signing is switched on')
    .option('--admin-password', "the administrator's password")
    .action(async (options) => {
      const { showSecrets } = await import('./secrets.ts');
      exit(await showSecrets(options));
    });
  command(secrets, 'rotate-master', 'seal what is secret in the database with a new master key')
    .addHelpText(
      'after',
      '\nThe server must not run. Where masterKey is set, put the new key in front of the present one, with a comma.',
    )
    .action(async (options) => {
      const { rotateMaster } = await import('./rotate-master.ts');
      exit(await rotateMaster(options));
    });
}

function addAudit(program: Command, exit: Exit): void {
  const users = program.command('users').description('who may log in');
  command(users, 'reset-password <name>', 'give a user of the server on this machine a new password, and print it')
    .option('--password-file <file>', 'take the first line of this file, and print nothing')
    .option('--without-totp', 'take the second factor away, too')
    .addHelpText('after', '\nThe server must run. The sessions of the user end.')
    .action(async (name, options) => {
      const { resetPassword } = await import('./users.ts');
      exit(await resetPassword(name, options));
    });
  const audit = program.command('audit').description('who did what');
  command(audit, 'verify', 'find entries of the audit log that were changed, removed or moved')
    .option('--file <files...>', 'check these copies of the log (.jsonl), in place of it')
    .addHelpText('after', '\nNone: 0, else 1. It may run beside the server or without it.')
    .action(async (options) => {
      const { verifyAuditLog } = await import('./audit.ts');
      exit(await verifyAuditLog(options));
    });
}

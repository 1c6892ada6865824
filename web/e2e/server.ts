import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
export const binary = process.env.JIEMING_BIN ? resolve(root, process.env.JIEMING_BIN) : join(root, 'bin', 'jieming');

/** The folder of real data: DATA, or the one beside the checkout; undefined where there is none. */
export function realData(): string | undefined {
  const dir = process.env.DATA ? resolve(root, process.env.DATA) : resolve(root, '..', 'shared', 'data');
  return existsSync(dir) ? dir : undefined;
}

/** A folder that the database's own user may enter. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'jieming-e2e-'));
  chmodSync(dir, 0o755);
  return dir;
}

export function discard(dir: string) {
  rmSync(dir, {recursive: true, force: true});
}

/** A running program of ours. Its last line of output is its address. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
    /** What it said of late, besides its address. */
    readonly said: () => string,
  ) {}

  static async start(args: string[], env: Record<string, string> = {}, within = 120_000): Promise<Server> {
    const child = spawn(binary, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
    let log = '';
    const note = (part: Buffer) => (log = (log + part).slice(-8000));
    child.stderr.on('data', note);
    child.stdout.on('data', note);
    const url = await new Promise<string>((found, failed) => {
      const late = setTimeout(() => failed(new Error(`${binary} ${args[0]} gave no address in ${within} ms: ${log}`)), within);
      let out = '';
      child.stdout.on('data', (part: Buffer) => {
        const address = (out += part).match(/^https?:\/\/\S+$/m);
        if (!address) return;
        clearTimeout(late);
        found(address[0]);
      });
      child.on('error', failed);
      child.on('exit', (code) => failed(new Error(`${binary} ${args[0]} ended with ${code}: ${log}`)));
    });
    return new Server(child, url, () => log);
  }

  /** Waits until the program has said something, and returns what it matched. */
  async says(pattern: RegExp, within = 120_000): Promise<RegExpMatchArray> {
    for (const end = Date.now() + within; Date.now() < end; await new Promise((go) => setTimeout(go, 200))) {
      const found = this.said().match(pattern);
      if (found) return found;
    }
    throw new Error(`${binary} did not say ${pattern} in ${within} ms: ${this.said()}`);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGINT');
    await ended;
  }
}

/** Makes a demonstration with the people and cases of its desk, for all tests to copy. */
export async function furnish(dir: string): Promise<void> {
  const server = await Server.start(['up', '--data', join(dir, 'data'), '--addr', '127.0.0.1:0']);
  await server.says(/a case in every state/, 300_000);
  await server.stop();
  process.env.DEMONSTRATION = join(dir, 'data');
}

/** A demonstration with people and cases that a test may change: a copy of the one made before all tests. */
export class Demonstration {
  private constructor(
    private readonly server: Server,
    /** Its folder; `data` in it is that of the program. */
    readonly dir: string,
    /** Of all its people. */
    readonly password: string,
  ) {}

  static async start(): Promise<Demonstration> {
    const dir = folder(), data = join(dir, 'data');
    execFileSync('cp', ['-a', process.env.DEMONSTRATION!, data]);
    const server = await Server.start(['up', '--data', data, '--addr', '127.0.0.1:0']);
    const [, password] = readFileSync(join(data, 'logins.txt'), 'utf8').match(/password: (\S+)/)!;
    return new Demonstration(server, dir, password!);
  }

  get url(): string {
    return this.server.url;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    discard(this.dir);
  }
}

/** Starts the demonstration on a free port, without the people and cases of its desk. */
export function up(dir: string, ...more: string[]): Promise<Server> {
  return Server.start(['up', '--no-cases', '--data', join(dir, 'data'), '--addr', '127.0.0.1:0', ...more]);
}

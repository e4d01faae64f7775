import { execFile, execFileSync, spawn } from "node:child_process";
import { chown } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { temporaryFolder } from "./temporary-folder.ts";

/** A PostgreSQL server of one test's own. */
export interface Postgres {
  readonly client: Client;
  close(): Promise<void>;
}

const FOLDERS = ["", "/usr/lib/postgresql/17/bin/", "/usr/lib/postgresql/16/bin/", "/usr/lib/postgresql/15/bin/"];

/** Where PostgreSQL's programs are, or why a test can't have them. */
export function findPostgres(): { readonly folder: string } | { readonly unavailable: string } {
  const folder = FOLDERS.find((candidate) => answers(`${candidate}initdb`) && answers(`${candidate}postgres`));
  if (folder === undefined)
    return { unavailable: "PostgreSQL's initdb and postgres are neither on the PATH nor in /usr/lib/postgresql" };
  return { folder };
}

/**
 * Starts a server in a folder of its own, that listens on a Unix socket there and nowhere else. PostgreSQL refuses to run
 * as root: there it runs as `nobody`.
 */
export async function openPostgres(folder: string): Promise<Postgres> {
  const home = await temporaryFolder();
  const user = unprivilegedUser();
  if (user.uid !== undefined) await chown(home.path, user.uid, user.gid);
  const data = join(home.path, "data");
  const init = ["--pgdata", data, "--username", "test", "--encoding", "UTF8", "--locale", "C", "--no-sync"];
  await promisify(execFile)(`${folder}initdb`, init, { ...user, cwd: home.path });
  const settings = ["fsync=off", "timezone=UTC", "extra_float_digits=3"].flatMap((setting) => ["-c", setting]);
  const server = spawn(`${folder}postgres`, ["-D", data, "-k", home.path, "-h", "", ...settings], {
    ...user,
    cwd: home.path,
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => void server.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    // A fast shutdown: PostgreSQL's own meaning of the signal.
    server.kill("SIGINT");
    await ended;
    await home.remove();
  };
  try {
    const client = await connect(home.path, () => server.exitCode);
    const close = async (): Promise<void> => {
      await client.end();
      await stop();
    };
    return { client, close };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until the server takes connections. */
async function connect(host: string, exitCode: () => number | null): Promise<Client> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new Client({ host, user: "test", database: "postgres" });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (exitCode() !== null || Date.now() > deadline) throw error;
      await new Promise((resolve) => void setTimeout(resolve, 50));
    }
  }
}

function answers(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } | { readonly uid?: undefined } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

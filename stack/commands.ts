import { join } from "node:path";
import { EventQLError } from "../src/errors.ts";
import type { WantedPorts } from "./arguments.ts";
import { withLock } from "./lock.ts";
import type { Report } from "./progress.ts";
import { chooseWayHere, findRunning, startServers, stopServers, type Place, type Running } from "./servers.ts";
import {
  addressVariables,
  defaultPorts,
  perServer,
  portOptions,
  serverNames,
  titles,
  type PerServer,
} from "./settings.ts";
import type { Way } from "./way.ts";

/** What a command writes to: answers to standard output, progress to standard error. */
export interface Output {
  readonly print: Report;
  readonly report: Report;
}

/** Starts what doesn't run yet and prints the addresses as `export` lines. */
export async function up(
  place: Place,
  ports: WantedPorts,
  wish: Way | undefined,
  { print, report }: Output,
): Promise<void> {
  await alone(place, report, async () => {
    const running = await findRunning(place);
    ensureAsWished(running, ports, wish);
    const way = running.way ?? (await chooseWayHere(place.cache, wish));
    const wanted = perServer((name) => running.servers[name]?.port ?? ports[name] ?? defaultPorts[name]);
    const servers = await startServers(way, place, wanted, report);
    report("");
    for (const line of exportLines(perServer((name) => servers[name].address))) print(line);
    report("\nWith these set, EventQL uses the servers:\n  npm start -- --stack real");
  });
}

/** Prints each server's address and process; whether all run. */
export async function status(place: Place, { print }: Output): Promise<boolean> {
  const { servers } = await findRunning(place);
  for (const name of serverNames) {
    const server = servers[name];
    print(`${titles[name]}: ${server === undefined ? "not running" : `${server.address} (${server.runsAs})`}`);
  }
  return serverNames.every((name) => servers[name] !== undefined);
}

/** Stops the servers and prints what was stopped. */
export async function down(place: Place, deleteData: boolean, { print, report }: Output): Promise<void> {
  await alone(place, report, async () => {
    const { servers } = await stopServers(place, deleteData);
    for (const name of serverNames) {
      const server = servers[name];
      print(`${titles[name]}: ${server === undefined ? "was not running" : `stopped (${server.runsAs})`}`);
    }
    if (deleteData) print("their data is deleted");
  });
}

/** The lines that set the addresses in a shell. */
function exportLines(addresses: PerServer<string>): readonly string[] {
  return serverNames.map((name) => `export ${addressVariables[name]}='${addresses[name]}'`);
}

/** What runs already stays where it is: a wish for something else is refused. */
function ensureAsWished({ way, servers }: Running, ports: WantedPorts, wish: Way | undefined): void {
  const refuse = (what: string): EventQLError =>
    new EventQLError("STACK_UNAVAILABLE", `${what}: stop it first with \`npm run stack -- down\``);
  if (way !== undefined && wish !== undefined && way !== wish) throw refuse(`the servers run already (${way})`);
  for (const name of serverNames) {
    const server = servers[name];
    const port = ports[name];
    if (server !== undefined && port !== undefined && port !== 0 && port !== server.port)
      throw refuse(`${titles[name]} runs already on port ${server.port}, not on ${portOptions[name]} ${port}`);
  }
}

async function alone(place: Place, report: Report, run: () => Promise<void>): Promise<void> {
  const onWait = (): void => report("another `npm run stack` is at these servers: waiting for it …");
  await withLock(join(place.data, "stack.lock"), onWait, run);
}

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { EventQLError } from "../src/errors.ts";
import { missingForDocker, runningContainers, startContainers, stopContainers } from "./docker.ts";
import { nativeNeeds, nativeProcess, startNative, stopNative, type NativeFolders } from "./native.ts";
import { choosePorts, ensurePortFree } from "./ports.ts";
import type { Report } from "./progress.ts";
import { missingForNative } from "./requirements.ts";
import { addressOf, eachServer, perServer, serverNames, titles, type PerServer, type Ports } from "./settings.ts";
import { chooseWay, type Situation, type Way } from "./way.ts";

/** Where one set of servers keeps its things. */
export interface Place extends NativeFolders {
  /** The name of the Compose project, if it's run by Docker. */
  readonly project: string;
}

/** A server that runs. */
export interface RunningServer {
  readonly address: string;
  readonly port: number;
  /** The process or container, for a person. */
  readonly runsAs: string;
}

/** The servers that run at a place; `way` is undefined if none does. */
export interface Running {
  readonly way: Way | undefined;
  readonly servers: PerServer<RunningServer | undefined>;
}

/** What runs at a place. */
export async function findRunning({ data, project }: Place): Promise<Running> {
  const processes = perServer((name) => nativeProcess(data, name));
  if (serverNames.some((name) => processes[name] !== undefined))
    return { way: "native", servers: perServer((name) => describe(name, processes[name], (one) => `pid ${one.pid}`)) };
  const containers = await runningContainers(project);
  const containerOf = perServer((name) => containers.find(({ server }) => server === name));
  return {
    way: containers.length > 0 ? "docker" : undefined,
    servers: perServer((name) => describe(name, containerOf[name], (one) => `container ${one.id}`)),
  };
}

/**
 * Chooses the way on this machine.
 *
 * @throws EventQLError `STACK_UNAVAILABLE` if there is none
 */
export async function chooseWayHere(cache: string, wish?: Way): Promise<Way> {
  return chooseWay(await situationHere(cache), wish);
}

async function situationHere(cache: string): Promise<Situation> {
  const needs = await nativeNeeds(cache);
  return {
    nativeMissing: await missingForNative(needs),
    cacheFull: !needs.fetchesByMaven && !needs.fetchesByPip,
    dockerMissing: await missingForDocker(),
  };
}

/** Starts the servers that don't run yet and waits until all answer. A port of 0 takes any free one. */
export async function startServers(
  way: Way,
  place: Place,
  wanted: Ports,
  report: Report,
): Promise<PerServer<RunningServer>> {
  if (way === "native") await startNative(place, wanted, report);
  else await startInContainers(place, wanted, report);
  const { servers } = await findRunning(place);
  return perServer((name) => {
    const server = servers[name];
    if (server === undefined)
      throw new EventQLError("STACK_UNAVAILABLE", `${titles[name]} ended right after its start`);
    return server;
  });
}

async function startInContainers(place: Place, wanted: Ports, report: Report): Promise<void> {
  const { servers } = await findRunning(place);
  const ports = await choosePorts(wanted);
  await eachServer(async (name) => {
    if (servers[name] === undefined) await ensurePortFree(name, ports[name]);
  });
  await startContainers(
    place.project,
    perServer((name) => servers[name]?.port ?? ports[name]),
    report,
  );
}

/**
 * Stops the servers of a place and returns what ran.
 *
 * @param deleteData whether their data goes, too
 */
export async function stopServers(place: Place, deleteData: boolean): Promise<Running> {
  const running = await findRunning(place);
  await eachServer((name) => stopNative(place.data, name));
  if (running.way === "docker" || (deleteData && (await missingForDocker()) === undefined))
    await stopContainers(place.project, deleteData);
  if (deleteData)
    await Promise.all(serverNames.map((name) => rm(join(place.data, name), { recursive: true, force: true })));
  return running;
}

function describe<T extends { readonly port: number }>(
  name: (typeof serverNames)[number],
  found: T | undefined,
  runsAs: (found: T) => string,
): RunningServer | undefined {
  return found && { address: addressOf(name, found.port), port: found.port, runsAs: runsAs(found) };
}

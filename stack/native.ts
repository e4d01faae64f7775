import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EventQLError, messageOf } from "../src/errors.ts";
import { cached, isCached } from "./cache.ts";
import { kafka } from "./kafka.ts";
import { mongo } from "./mongod.ts";
import type { NativeServer } from "./native-server.ts";
import { choosePorts, ensurePortFree, freePort } from "./ports.ts";
import { becomes, isOurs, startDetached, stopProcess, tail } from "./process.ts";
import { timed, type Report } from "./progress.ts";
import { registry } from "./registry.ts";
import { findJava, type NativeNeeds } from "./requirements.ts";
import { eachServer, perServer, titles, type PerServer, type Ports, type ServerName } from "./settings.ts";

const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 30_000;
const LOG_LINES = 25;

/** How each server runs natively. */
const nativeServers: PerServer<NativeServer> = { kafka, registry, mongo };

/** A running server's process and port. */
export interface NativeProcess {
  readonly pid: number;
  readonly port: number;
}

/** What is kept of a started server, next to its data. */
const processRecord: z.ZodType<NativeProcess> = z.object({ pid: z.int().positive(), port: z.int().positive() });

/** Folders of the native servers. */
export interface NativeFolders {
  readonly cache: string;
  readonly data: string;
}

/** What the native way needs on this machine, given what the cache has. */
export async function nativeNeeds(cache: string): Promise<NativeNeeds> {
  const lacks = (name: ServerName): boolean => !isCached(cache, nativeServers[name].download);
  return { java: await findJava(), fetchesByMaven: lacks("kafka") || lacks("registry"), fetchesByPip: lacks("mongo") };
}

/**
 * The process of a server on this data folder, if it runs. A process id is believed only while its command line is our
 * server's.
 */
export function nativeProcess(data: string, name: ServerName): NativeProcess | undefined {
  const folder = join(data, name);
  const record = processRecord.safeParse(readJson(recordFile(folder)));
  if (!record.success) return undefined;
  return isOurs(record.data.pid, nativeServers[name].marker(folder)) ? record.data : undefined;
}

/**
 * Starts the servers that don't run yet, side by side, and waits until each answers. Ports are checked before anything is
 * fetched. What it started is stopped again if one of them fails.
 *
 * @param wanted a port each; 0 takes any free one
 * @throws EventQLError `STACK_UNAVAILABLE` with the end of the server's log
 */
export async function startNative(
  folders: NativeFolders,
  wanted: Ports,
  report: Report,
): Promise<PerServer<NativeProcess>> {
  const java = await findJava();
  if (java === undefined)
    throw new EventQLError("STACK_UNAVAILABLE", "no Java 17 or newer: install one, or set JAVA_HOME");
  const before = perServer((name) => nativeProcess(folders.data, name));
  const ports = await choosePorts(wanted);
  await eachServer(async (name) => {
    if (before[name] === undefined) await ensurePortFree(name, ports[name]);
  });
  try {
    return await eachServer(
      async (name) => before[name] ?? (await start({ ...folders, name, java, port: ports[name], report })),
    );
  } catch (error) {
    await eachServer(async (name) => {
      if (before[name] === undefined) await stopNative(folders.data, name);
    });
    throw error;
  }
}

/**
 * Starts one server alone, on any free port.
 *
 * @throws EventQLError `STACK_UNAVAILABLE` with the end of the server's log
 */
export async function startNativeServer(
  folders: NativeFolders,
  name: ServerName,
  report: Report,
): Promise<NativeProcess> {
  const java = await findJava();
  if (java === undefined)
    throw new EventQLError("STACK_UNAVAILABLE", "no Java 17 or newer: install one, or set JAVA_HOME");
  return await start({ ...folders, name, java, port: await freePort(), report });
}

/** Stops a server if it is ours and runs; its data stays. Returns the process id that was stopped. */
export async function stopNative(data: string, name: ServerName): Promise<number | undefined> {
  const running = nativeProcess(data, name);
  const folder = join(data, name);
  if (running !== undefined) await stopProcess(running.pid, nativeServers[name].marker(folder), STOP_WITHIN_MS);
  await rm(recordFile(folder), { force: true });
  return running?.pid;
}

/** Ends a server at once, without waiting: for the moment when this process ends and its data isn't needed any more. */
export function killNative(data: string, name: ServerName): void {
  const running = nativeProcess(data, name);
  if (running !== undefined) process.kill(running.pid, "SIGKILL");
}

interface Start extends NativeFolders {
  readonly name: ServerName;
  readonly java: string;
  readonly port: number;
  readonly report: Report;
}

async function start({ cache, data, name, java, port, report }: Start): Promise<NativeProcess> {
  const server = nativeServers[name];
  const files = await cached(cache, server.download, report);
  const folder = join(data, name);
  await mkdir(folder, { recursive: true });
  return timed(
    report,
    `starting ${titles[name]} on port ${port}`,
    async () => {
      const log = join(folder, `${name}.log`);
      const command = await server.prepare({ files, data: folder, port, java });
      const pid = await startDetached({ ...command, folder, log });
      await writeFile(recordFile(folder), `${JSON.stringify({ pid, port })}\n`);
      await answering(server, { pid, port }, folder, log);
      return { pid, port };
    },
    "answers",
  );
}

async function answering(
  server: NativeServer,
  { pid, port }: NativeProcess,
  folder: string,
  log: string,
): Promise<void> {
  const fail = (what: string): EventQLError =>
    new EventQLError(
      "STACK_UNAVAILABLE",
      `${titles[server.name]} ${what}. The end of ${log}:\n${tail(log, LOG_LINES)}`,
    );
  const isReady = async (): Promise<boolean> => {
    if (!isOurs(pid, server.marker(folder))) throw fail("ended while it started");
    return server.isReady(port, log);
  };
  if (!(await becomes(START_WITHIN_MS, isReady))) throw fail(`didn't answer within ${START_WITHIN_MS / 1000} s`);
  try {
    await server.settle(port);
  } catch (error) {
    throw fail(`could not be set up (${messageOf(error)})`);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function recordFile(folder: string): string {
  return join(folder, "process.json");
}

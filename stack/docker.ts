import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { EventQLError } from "../src/errors.ts";
import { timed, type Report } from "./progress.ts";
import { setCompatibility } from "./registry.ts";
import { attempt } from "./requirements.ts";
import { serverNames, type Ports, type ServerName } from "./settings.ts";

/** The Compose file of the servers. */
export const composeFile: string = join(import.meta.dirname, "..", "docker-compose.yml");

/** The Compose project of `npm run stack`; the Compose file has the same name. */
export const composeProject = "eventql";

/** The variables of the Compose file that choose the ports. */
export const composePortVariables: Readonly<Record<ServerName, string>> = {
  kafka: "EVENTQL_KAFKA_PORT",
  registry: "EVENTQL_REGISTRY_PORT",
  mongo: "EVENTQL_MONGO_PORT",
};

const WAIT_SECONDS = "300";
const LOG_LINES = "25";

/** A server that runs in a container. */
export interface Container {
  readonly server: ServerName;
  readonly id: string;
  readonly port: number;
}

/** Why a Docker engine can't be used; undefined if it can. A client alone isn't enough: the engine has to answer. */
export async function missingForDocker(): Promise<string | undefined> {
  const engine = await attempt("docker", ["info", "--format", "{{.ServerVersion}}"]);
  if (!engine.ok || engine.stdout.trim() === "") return `no Docker engine answers (${firstLine(engine.stderr)})`;
  const compose = await attempt("docker", ["compose", "version"]);
  return compose.ok ? undefined : `Docker has no \`docker compose\` (${firstLine(compose.stderr)})`;
}

/**
 * Starts the containers and waits until each is healthy.
 *
 * @throws EventQLError `STACK_UNAVAILABLE` with the end of the containers' logs
 */
export async function startContainers(project: string, ports: Ports, report: Report): Promise<void> {
  const args = ["up", "--detach", "--wait", "--wait-timeout", WAIT_SECONDS, ...serverNames];
  const env = Object.fromEntries(serverNames.map((name) => [composePortVariables[name], String(ports[name])]));
  await timed(report, "fetching images and starting containers by Docker", async () => {
    const { failed } = await execa("docker", composeArgs(project, args), {
      env,
      reject: false,
      stdin: "ignore",
      stdout: process.stderr,
      stderr: process.stderr,
    });
    if (!failed) return;
    const logs = await attempt("docker", composeArgs(project, ["logs", "--no-color", "--tail", LOG_LINES]));
    throw new EventQLError("STACK_UNAVAILABLE", `the containers didn't start. The end of their logs:\n${logs.stdout}`);
  });
  await setCompatibility(ports.registry);
}

/** The containers of a project that run. */
export async function runningContainers(project: string): Promise<readonly Container[]> {
  const { ok, stdout } = await attempt("docker", composeArgs(project, ["ps", "--format", "json"]));
  return ok ? parseContainers(stdout) : [];
}

/** Stops and removes the containers of a project; their volumes stay unless told otherwise. */
export async function stopContainers(project: string, deleteData: boolean): Promise<void> {
  const { ok, stderr } = await attempt("docker", composeArgs(project, ["down", ...(deleteData ? ["--volumes"] : [])]));
  if (!ok) throw new EventQLError("STACK_UNAVAILABLE", `Docker could not stop the containers: ${stderr}`);
}

/** The command line of a Compose command. */
export function composeArgs(project: string, args: readonly string[]): readonly string[] {
  return ["compose", "--file", composeFile, "--project-name", project, ...args];
}

const containerJson = z.object({
  ID: z.string(),
  Service: z.enum(serverNames),
  State: z.string(),
  Publishers: z.array(z.object({ PublishedPort: z.int() })).nullish(),
});

/** Reads what `docker compose ps --format json` prints: one object a line, or one array from versions before 2.21. */
export function parseContainers(printed: string): readonly Container[] {
  const objects = printed
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line): unknown => JSON.parse(line));
  return objects.flatMap((object) => {
    const { data } = containerJson.safeParse(object);
    const port = data?.Publishers?.find(({ PublishedPort }) => PublishedPort > 0)?.PublishedPort;
    if (data === undefined || data.State !== "running" || port === undefined) return [];
    return [{ server: data.Service, id: data.ID.slice(0, 12), port }];
  });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

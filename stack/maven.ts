import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { EventQLError } from "../src/errors.ts";

const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
const TRIES = 3;
const PAUSE_MS = 5000;

/** An artifact of a Maven repository. */
export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

/** Which of an artifact's files is meant. */
export interface FileKind {
  readonly type: string;
  readonly classifier: string;
}

/** Copies artifacts with all that they need at run time into a folder. */
export async function copyWithDependencies(
  artifacts: readonly Artifact[],
  folder: string,
  scratch: string,
): Promise<void> {
  const pom = join(scratch, "pom.xml");
  await writeFile(pom, pomOf(artifacts));
  const goal = `${PLUGIN}:copy-dependencies`;
  await maven(scratch, ["-f", pom, goal, "-DincludeScope=runtime", `-DoutputDirectory=${folder}`]);
}

/** Copies one file of an artifact into a folder. */
export async function copyFile(artifact: Artifact & FileKind, folder: string, scratch: string): Promise<void> {
  const { group, name, version, type, classifier } = artifact;
  const file = `-Dartifact=${[group, name, version, type, classifier].join(":")}`;
  await maven(scratch, [`${PLUGIN}:copy`, file, `-DoutputDirectory=${folder}`, "-Dmdep.useBaseVersion=true"]);
}

/** A Maven project that depends on artifacts and does nothing else. */
export function pomOf(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(
    ({ group, name, version }) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return [
    "<project>",
    "  <modelVersion>4.0.0</modelVersion>",
    "  <groupId>eventql</groupId><artifactId>stack</artifactId><version>1</version><packaging>pom</packaging>",
    "  <dependencies>",
    ...dependencies,
    "  </dependencies>",
    "</project>",
    "",
  ].join("\n");
}

/**
 * Runs Maven with the user's own settings (mirrors, proxies, credentials) but a local repository of its own, thrown away
 * afterwards: two runs side by side can't disturb each other, and nothing is left in the user's.
 */
async function maven(scratch: string, goal: readonly string[]): Promise<void> {
  const args = [
    "-B",
    "-ntp",
    "-q",
    "-Dstyle.color=never",
    `-Dmaven.repo.local=${join(scratch, "repository")}`,
    ...goal,
  ];
  for (let attempt = 1; ; attempt++) {
    const { failed, all } = await execa("mvn", args, { cwd: scratch, all: true, reject: false, stdin: "ignore" });
    if (!failed) return;
    if (attempt === TRIES)
      throw new EventQLError("STACK_UNAVAILABLE", `Maven could not fetch ${goal.join(" ")}:\n${lastLines(all ?? "")}`);
    await delay(attempt * PAUSE_MS);
  }
}

function lastLines(output: string): string {
  return output.trimEnd().split("\n").slice(-15).join("\n");
}

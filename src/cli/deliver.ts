import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Flags } from "../config/sources.ts";
import { EventQLError, messageOf } from "../errors.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Delivers a text that is generated: to standard output, with the flag `out` into that file, and with `check` nowhere:
 * then the file is compared with it. Returns the exit code: 1 where the file is stale.
 * @throws EventQLError `BAD_USER_INPUT` where the file can't be read or written, or none is named to be checked.
 */
export async function deliver(
  generate: () => Promise<string>,
  { out, check }: Flags,
  terminal: Terminal,
): Promise<number> {
  if (typeof out !== "string") {
    if (check === true) throw new EventQLError("BAD_USER_INPUT", "--check has no file to check: name it with --out.");
    terminal.stdout.write(await generate());
    return 0;
  }
  const file = resolve(terminal.cwd, out);
  const current = await readText(file);
  const text = await generate();
  const stale = staleness(current, text);
  if (stale === undefined) return 0;
  if (check !== true) {
    await writeText(file, text);
    return 0;
  }
  terminal.stderr.write(`${out} is stale: ${stale}. Run the same command without --check to write it anew.\n`);
  return 1;
}

/** How a file differs from what it should be; undefined: it doesn't. Git may have changed the ends of its lines. */
function staleness(current: string | undefined, text: string): string | undefined {
  if (current === undefined) return "it doesn't exist";
  const [is, should] = [current, text].map((each) => each.split(/\r?\n/));
  const line = (should ?? []).findIndex((each, index) => each !== is?.[index]);
  if (line >= 0) return `it differs from the schemas in line ${line + 1}`;
  return is?.length === should?.length ? undefined : "it has more lines than the schemas give";
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unusable(file, "read", error);
  }
}

async function writeText(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw unusable(file, "written", error);
  }
}

function unusable(file: string, what: string, cause: unknown): EventQLError {
  const message = `The file ${file} can't be ${what}: ${messageOf(cause)}. Name another with --out.`;
  return new EventQLError("BAD_USER_INPUT", message, { cause });
}

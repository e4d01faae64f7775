import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EventqlProcess } from "../support/gateway-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { Program } from "./program.ts";

const ROOT = join(import.meta.dirname, "../..");

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;

/** The address that pages name. */
const SHOWN_ADDRESS = "//localhost:4000";

/** A folder as a reader has it who has cloned the repository, with a gateway that runs on the example's events. */
export class Checkout {
  readonly path: string;
  readonly url: string;
  readonly #gateway: EventqlProcess;
  readonly #folder: Folder;
  readonly #programs: Program[] = [];

  private constructor(folder: Folder, url: string, gateway: EventqlProcess) {
    this.path = folder.path;
    this.url = url;
    this.#gateway = gateway;
    this.#folder = folder;
  }

  static async open(): Promise<Checkout> {
    const folder = await temporaryFolder();
    const { path } = folder;
    await cp(join(ROOT, "schemas"), join(path, "schemas"), { recursive: true });
    for (const shared of ["package.json", "node_modules", "src"]) await symlink(join(ROOT, shared), join(path, shared));
    await mkdir(join(path, "bin"));
    const command = join(path, "bin/eventql");
    await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "src/main.ts")}" "$@"\n`);
    await chmod(command, 0o755);
    const flags = ["--sample", "--port", "0", "--data", join(path, ".eventql"), "--schemas", join(path, "schemas")];
    const gateway = new EventqlProcess(["start", ...flags], { SCHEMA_REGISTRY_POLL_MS: "200" });
    return new Checkout(folder, await gateway.ready(), gateway);
  }

  /** Runs what a page shows for a shell. */
  bash(command: string): Program {
    return this.#run("bash", ["-c", command]);
  }

  /** Runs what a page shows as a program. */
  node(source: string): Program {
    return this.#run(process.execPath, ["--input-type=module", "--eval", source]);
  }

  /** What a page says, with the address of this gateway. */
  addressed(text: string): string {
    return text.replaceAll(SHOWN_ADDRESS, new URL(this.url).origin.replace(/^http:/, ""));
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map(async (program) => await program.end()));
    await this.#gateway.kill();
    await this.#folder.remove();
  }

  #run(file: string, args: readonly string[]): Program {
    const { PATH = "", HOME = "" } = process.env;
    const program = new Program(
      file,
      args.map((arg) => this.addressed(arg)),
      { cwd: this.path, env: { PATH: `${join(this.path, "bin")}:${PATH}`, HOME, EVENTQL_URL: this.url } },
    );
    this.#programs.push(program);
    return program;
  }
}

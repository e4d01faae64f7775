import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { loadConfig } from "../../src/config.ts";
import { compilePolicies } from "../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { registerFolder } from "../../src/schema-registry/register-folder.ts";
import { policySettings } from "../../src/security/access-policy.ts";
import { createAuthenticator } from "../../src/security/create-authenticator.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function pathTo(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

it("shows a configuration that works with the example's schemas", async () => {
  const folder = await temporaryFolder();
  onTestFinished(async () => await folder.remove());
  const [, example = ""] = /```ts\n(.*?)```/s.exec(await readFile(pathTo("docs/authentication.md"), "utf8")) ?? [];
  const index = JSON.stringify(pathTo("src/index.ts"));
  await writeFile(join(folder.path, "eventql.config.ts"), example.replace('"eventql"', index));
  const { auth, policies } = await loadConfig({ flags: {}, env: {}, cwd: folder.path });
  if (auth === undefined || policies === undefined) throw new TypeError("the example configures both");

  const registry = openEmbeddedRegistry({ file: join(folder.path, "registry.db") });
  await registerFolder(registry, pathTo("schemas"));
  const catalog = await gatherCatalog(registry);
  await registry.close();
  const settings = policySettings({ auth, policies });
  if (settings === undefined) throw new TypeError("the example has policies");
  const authorize = compilePolicies(catalog, settings, defaultLimits);

  const authenticate = createAuthenticator(auth);
  const callers = [{}, { "x-api-key": "an-example-only-key" }, { "x-api-key": "another-example-key" }];
  const decisions = callers.map(async (headers) => {
    const identity = await authenticate({ headers });
    return [identity.role, authorize({ identity, headers, remoteAddress: undefined }, "read", "User")];
  });
  expect(await Promise.all(decisions)).toEqual([
    ["anonymous", { allow: true, columns: new Set(["firstname"]) }],
    ["writer", { allow: true }],
    ["analyst", { allow: true, filter: { deactivated_at: { $eq: null } }, columns: new Set(["last_name", "email"]) }],
  ]);
});

import type { Catalog } from "../../../src/catalog/types.ts";
import { compilePolicies } from "../../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import type { Authorize, Identity } from "../../../src/security/authorize.ts";
import type { Policies } from "../../../src/security/policies.ts";
import {
  aggregate,
  catalogOf,
  column,
  enumeration,
  eventType,
  field,
  list,
  needed,
  nullable,
  record,
} from "../sketch.ts";

const OPENED = record("bank.Opened", [field("owner", needed("string"))]);
const RENAMED = record("bank.Renamed", [field("label", nullable("string"), { default: null })]);

/** Accounts with owners, and a second aggregate. */
export const bank: Catalog = catalogOf(
  aggregate("Account", {
    topic: "accounts",
    columns: [
      column("owner", needed("string")),
      column("label", nullable("string")),
      column("balance", nullable("long")),
      column("kind", nullable(enumeration("bank.Kind", ["OPEN", "SHUT"]))),
      column("tags", nullable(list("string"))),
      column("tenant", nullable("string"), { hidden: true }),
    ],
    eventTypes: [OPENED, RENAMED].map((type) => eventType(type, { topic: "accounts" })),
  }),
  aggregate("Branch", { topic: "branches", columns: [column("city", nullable("string"))] }),
);

/** Compiles policies for it. */
export function authorizeBank(policies: Policies): Authorize {
  return compilePolicies(bank, { policies, adminRoles: ["admin"], anonymousRole: "anonymous" }, defaultLimits);
}

export function identity(role: string, claims: Readonly<Record<string, unknown>> = {}): Identity {
  return { role, claims, expiresAt: undefined };
}

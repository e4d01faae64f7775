import type { Catalog } from "../../../../src/catalog/types.ts";
import { openEmbeddedReadModel } from "../../../../src/read-model/embedded/embedded-read-model.ts";
import type { Filter, FindOptions, ReadModel } from "../../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { type Harness, type HarnessOptions, openHarness } from "../../harness.ts";
import { aggregate, catalogOf, column, eventType, field, list, nullable, record } from "../../sketch.ts";

const USER_CHANGED = record("app.UserChanged", [field("name", nullable("string"), { default: null })]);
const ACCOUNT_CHANGED = record("app.AccountChanged", [field("name", nullable("string"), { default: null })]);

/**
 * Users with an account, a manager who is a user, and teams; accounts with an owner and an auditor, both users; orders
 * that number their clerk, and reports that number their readers.
 */
export const people: Catalog = catalogOf(
  aggregate("Account", {
    topic: "accounts",
    columns: [
      column("name", nullable("string")),
      column("balance", nullable("long")),
      column("owner_id", nullable("string"), { references: "User" }),
      column("auditor_id", nullable("string"), { references: "User" }),
      column("payer_id", nullable("string"), { references: "User", hidden: true }),
      column("region_id", nullable("string"), { references: "Elsewhere" }),
    ],
    eventTypes: [eventType(ACCOUNT_CHANGED, { topic: "accounts" })],
  }),
  aggregate("Team", { topic: "teams", columns: [column("name", nullable("string"))] }),
  aggregate("Order", {
    topic: "orders",
    columns: [
      column("clerk", nullable("int"), { references: "User" }),
      column("courier", nullable("long"), { references: "User" }),
      column("total", nullable("long")),
    ],
  }),
  aggregate("Report", {
    topic: "reports",
    columns: [column("reader_ids", nullable(list("long")), { references: "User" })],
  }),
  aggregate("User", {
    topic: "users",
    columns: [
      column("name", nullable("string")),
      column("account_id", nullable("string"), { references: "Account" }),
      column("manager_id", nullable("string"), { references: "User" }),
      column("team_ids", nullable(list("string")), { references: "Team" }),
    ],
    eventTypes: [eventType(USER_CHANGED, { topic: "users" })],
  }),
);

/** A read of the read model. */
export interface Call {
  readonly kind: "find" | "aggregate";
  readonly collection: string;
  readonly asked: FindOptions | readonly Filter[];
  readonly causal: boolean;
}

/** An API with every read of its read model. */
export interface CountedHarness extends Harness {
  readonly calls: readonly Call[];
  /** Runs a query, and returns the reads that it took. */
  counted(...args: Parameters<Harness["run"]>): Promise<readonly Call[]>;
}

/** A read model that notes every read. */
export function noting(model: ReadModel, calls: Call[]): ReadModel {
  return new Proxy(model, {
    get: (target, property) => {
      if (property === "find")
        return (collection: string, asked: FindOptions) => {
          calls.push({ kind: "find", collection, asked, causal: asked.causal === true });
          return target.find(collection, asked);
        };
      if (property === "aggregate")
        return (collection: string, asked: readonly Filter[], options?: Pick<FindOptions, "causal">) => {
          calls.push({ kind: "aggregate", collection, asked, causal: options?.causal === true });
          return target.aggregate(collection, asked, options);
        };
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Opens an API that counts its reads; by default over an embedded read model in memory. */
export async function openCounted(catalog: Catalog, options: HarnessOptions = {}): Promise<CountedHarness> {
  const calls: Call[] = [];
  const model = options.readModel ?? openEmbeddedReadModel({ file: ":memory:", logger: silentLogger });
  const api = await openHarness(catalog, { ...options, readModel: noting(model, calls) });
  return {
    ...api,
    calls,
    counted: async (...args) => {
      const before = calls.length;
      const { errors } = await api.run(...args);
      if (errors !== undefined) throw new AggregateError(errors, errors.map(({ message }) => message).join("\n"));
      return calls.slice(before);
    },
  };
}

import type { Aggregate, Catalog, RecordField, RecordType } from "../../src/catalog/types.ts";
import {
  aggregate,
  catalogOf,
  column,
  enumeration,
  eventType,
  field,
  list,
  map,
  needed,
  nullable,
  record,
  union,
} from "./sketch.ts";

const USER_CHANGED = record(
  "app.user.UserChanged",
  [
    field("first_name", needed("string"), { doc: "Given name." }),
    field("last_name", needed("string"), { doc: "Family name." }),
  ],
  "A user was added or changed.",
);
const USER_EMAIL_CHANGED = record("app.user.UserEmailChanged", [
  field("email", nullable("string"), { default: null, doc: "The new address; null removes it." }),
]);
const USER_DEACTIVATED = record("app.user.UserDeactivated", [
  field("deactivated_at", needed("timestamp-millis")),
  field("reason", nullable("string"), { default: null }),
]);

const userAggregate: Aggregate = aggregate("User", {
  topic: "appuser",
  doc: "A person who may sign in.",
  columns: [
    column("firstname", nullable("string"), { doc: "Given name." }),
    column("last_name", nullable("string")),
    column("email", nullable("string")),
    column("deactivated_at", nullable("timestamp-millis")),
    column("password_hash", nullable("string"), { hidden: true }),
  ],
  eventTypes: [USER_CHANGED, USER_EMAIL_CHANGED, USER_DEACTIVATED].map((type) => eventType(type, { topic: "appuser" })),
});

/** The example domain. */
export const appuser: Catalog = catalogOf(userAggregate);

const COLOR = enumeration("shop.Color", ["RED", "GREEN", "true"], "RED");
const SIZE = enumeration("shop.Size", ["S", "M"]);
const ADDRESS = record("shop.Address", [field("city", needed("string")), field("zip", nullable("int"))], "Where to.");
const CARD = record("shop.Card", [field("digits", needed("string"))]);
const CASH = record("shop.Cash", []);
const PAYMENT = union("Payment", { "shop.Card": CARD, "shop.Cash": CASH });
const ANYTHING = union("Anything", {
  string: { kind: "string" },
  long: { kind: "long" },
  "shop.Card": CARD,
  "shop.Color": COLOR,
  array: list("string"),
});
const treeFields: RecordField[] = [];
const TREE: RecordType = record("shop.Tree", treeFields);
treeFields.push(field("label", needed("string")), field("children", needed(list(TREE)), { default: [] }));

const EVERY_TYPE: readonly RecordField[] = [
  field("flag", needed("boolean")),
  field("count", needed("int")),
  field("total", needed("long")),
  field("ratio", needed("float")),
  field("score", needed("double")),
  field("title", needed("string"), { aliases: ["name"], doc: "What it is called." }),
  field("raw", needed("bytes")),
  field("hash", needed({ kind: "fixed", fullName: "shop.Hash", size: 4 })),
  field("price", needed({ kind: "decimal", precision: 6, scale: 2 })),
  field("ref", needed("uuid")),
  field("day", needed("date")),
  field("at_millis", needed("time-millis")),
  field("at_micros", needed("time-micros")),
  field("seen_millis", needed("timestamp-millis")),
  field("seen_micros", needed("timestamp-micros")),
  field("local_millis", needed("local-timestamp-millis")),
  field("local_micros", needed("local-timestamp-micros")),
  field("nothing", needed("null")),
  field("color", needed(COLOR)),
  field("size", nullable(SIZE), { default: null }),
  field("tags", needed(list("string")), { default: [] }),
  field("colors", needed(list(COLOR)), { default: [] }),
  field("attributes", needed(map("string")), { default: [] }),
  field("counts", needed(map("timestamp-micros")), { default: [] }),
  field("address", nullable(ADDRESS), { default: null }),
  field("payment", nullable(PAYMENT), { default: null }),
  field("anything", nullable(ANYTHING), { default: null }),
  field("tree", nullable(TREE), { default: null }),
  field("addresses", needed(list(ADDRESS)), { default: [] }),
];

/** An aggregate with a column of every type. */
export const everyType: Catalog = catalogOf(
  aggregate("Thing", {
    columns: EVERY_TYPE.map(({ name, type, doc }) => column(name, { ...type, nullable: true }, { doc })),
    eventTypes: [eventType(record("shop.ThingChanged", EVERY_TYPE))],
  }),
);

/** Names that collide with the schema's own, and with each other. */
export const collisions: Catalog = catalogOf(
  aggregate("Query", {
    singular: "status",
    plural: "status",
    columns: [
      column("AND", needed("string")),
      column("id", needed("string")),
      column("9 lives", nullable("string"), { graphqlName: "9 lives" }),
      column("__typename", nullable("string")),
      column("long", nullable(record("x.Long", [field("isNull", needed("boolean"))]))),
      column("state", nullable(enumeration("x.StringFilter", ["null", "__A", "_A"]))),
    ],
    eventTypes: [
      eventType(record("x.DeleteQueryAggregate", [field("key", needed("long"))]), { keys: ["key"] }),
      eventType(record("x.Query", [field("nested", nullable(record("x.QueryInput", [])))])),
    ],
  }),
);

import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import {
  aggregate,
  catalogOf,
  column,
  commandType,
  enumeration,
  eventType,
  field,
  list,
  needed,
  nullable,
  ownedBy,
  record,
} from "./sketch.ts";

const OPERATION = enumeration("calculator.Operation", ["ADD", "MULTIPLY"]);
const CREATE_VALUE = record("calculator.CreateValue", [field("value", needed("double"))], "Asks for a new value.");
const CHANGE_VALUE = record("calculator.ChangeValue", [
  field("operation", needed(OPERATION)),
  field("value", needed("double")),
]);
const commands = [CHANGE_VALUE, CREATE_VALUE].map((type) => commandType(type, "values"));

const value: Aggregate = aggregate("Value", {
  topic: "values",
  columns: [column("value", nullable("double")), column("secret", nullable("string"), { hidden: true })],
  eventTypes: [
    record("calculator.ValueCreated", [
      field("value", needed("double")),
      field("secret", nullable("string"), { default: null }),
    ]),
    record("calculator.ValueAdded", [field("by", needed("double"))]),
    record("calculator.ValueMultiplied", [field("by", needed("double"))]),
  ].map((type) => eventType(type, { topic: "values" })),
  owned: ownedBy({ commands }, "values"),
});

/** An aggregate that its rules alone change. */
export const calculator: Catalog = { ...catalogOf(value), commands };

const OPENED = eventType(
  record("bank.AccountOpened", [field("iban", needed("string")), field("owner", needed("string"))]),
  {
    topic: "accounts",
    keys: ["iban"],
  },
);
const MOVED = eventType(record("bank.MoneyMoved", [field("amount", needed("long"))]), { topic: "accounts" });

/** An aggregate without rules, whose topic has transactions. */
const account: Aggregate = aggregate("Account", {
  topic: "accounts",
  columns: [column("owner", nullable("string")), column("amount", nullable("long"))],
  eventTypes: [OPENED, MOVED],
  owned: ownedBy({ transactions: true }, "accounts"),
});

const NOTED = eventType(
  record("bank.TransferNoted", [
    field("note", nullable("string"), { default: null }),
    field("at", nullable("timestamp-millis"), { default: null }),
  ]),
  { topic: "transfers" },
);
const PARTY = record("bank.Party", [field("name", needed("string"))]);
const BOOK = commandType(record("bank.BookTransfer", [field("parties", needed(list(PARTY)))]), "transfers");

/** An aggregate with rules beside which events may be appended, in transactions too. */
const transfer: Aggregate = aggregate("Transfer", {
  topic: "transfers",
  columns: [column("note", nullable("string")), column("at", nullable("timestamp-millis"))],
  eventTypes: [NOTED],
  owned: ownedBy({ commands: [BOOK], transactions: true, eventMutations: true }, "transfers"),
});

const noted: Aggregate = aggregate("Note", {
  topic: "notes",
  columns: [column("text", nullable("string"))],
  eventTypes: [
    eventType(record("x.Noted", [field("text", nullable("string"), { default: null })]), { topic: "notes" }),
  ],
});

/** Each kind of owned topic, and an open one. */
export const owned: Catalog = {
  ...catalogOf(value, account, transfer, noted),
  commands: [...commands, BOOK],
};

const DELETE = commandType(record("x.DeleteCommand", []), "command");

/** Names that an API with owned topics has itself, in an aggregate of such a topic and in another. */
export const ownedCollisions: Catalog = {
  ...catalogOf(
    aggregate("Command", {
      topic: "command",
      eventTypes: [
        eventType(record("x.InvalidateTransaction", [field("id", needed("string")), field("events", needed("int"))]), {
          topic: "command",
        }),
        eventType(record("x.ExpectedVersion", []), { topic: "command" }),
      ],
      owned: ownedBy({ commands: [DELETE], transactions: true, eventMutations: true }, "command"),
    }),
    aggregate("Transaction", {
      topic: "transaction",
      columns: [column("rejection", nullable(record("x.CommandRejection", [field("code", needed("int"))])))],
    }),
    aggregate("Version", {
      topic: "version",
      eventTypes: [eventType(record("x.Versioned", []), { topic: "version" })],
      owned: ownedBy({}, "version"),
    }),
  ),
  commands: [DELETE],
};

import { expect, it } from "vitest";
import { withAllNames } from "../../src/graphql/all-names.ts";
import { aggregate, catalogOf, column, nullable } from "./sketch.ts";

const text = nullable("string");

function allowed(catalog: ReturnType<typeof catalogOf>, ...columns: readonly string[]): readonly string[] {
  return [...(withAllNames({ columns: new Set(columns) }, catalog, "User").columns ?? [])].toSorted();
}

it("a column is allowed by all its names, whichever of them a policy knows", () => {
  const mail = column("mail", text, { graphqlName: "email", aliases: ["mail", "address"] });
  const catalog = catalogOf(aggregate("User", { columns: [mail, column("name", text)] }));
  for (const name of ["email", "mail", "address"])
    expect(allowed(catalog, name)).toEqual(["address", "email", "mail"].toSorted());
  expect(allowed(catalog, "name")).toEqual(["name"]);
  expect(withAllNames({}, catalog, "User")).toEqual({});
  expect(allowed(catalog)).toEqual([]);
});

it("a former name that another column has now is that column's alone", () => {
  const catalog = catalogOf(
    aggregate("User", {
      columns: [
        column("salary", text, { aliases: ["note", "shared", "AND"] }),
        column("note", text),
        column("rank", text, { aliases: ["shared"] }),
      ],
    }),
  );
  expect(allowed(catalog, "note")).toEqual(["note"]);
  expect(allowed(catalog, "shared")).toEqual(["salary", "shared"]);
  expect(allowed(catalog, "rank")).toEqual(["rank"]);
});

it("a hidden column has no name by which it would be allowed", () => {
  const pin = column("pin", text, { aliases: ["code"], hidden: true });
  const catalog = catalogOf(aggregate("User", { columns: [pin, column("code", text, { aliases: ["kod"] })] }));
  expect(allowed(catalog, "code")).toEqual(["code", "kod"]);
  expect(allowed(catalog, "pin")).toEqual(["pin"]);
});

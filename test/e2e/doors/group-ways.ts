import type { Column, Table, Way } from "./columns.ts";

/** Every way to name a column where documents are grouped. */
export function groupWays(table: Table, name: string, column: Column): readonly Way[] {
  if (column.kind === "list") return [];
  const groups = (args: string, selection: string): string =>
    `{ groups: ${table.plural}Aggregate(where: { id: { eq: "${table.id}" } }${args}) { ${selection} } }`;
  return [
    ...keys(groups, name, column),
    ...counts(groups, name, column),
    ...["min", "max"].flatMap((measure) => calculations(groups, { name, measure, column, of: column.value })),
    ...(column.kind === "number" ? sums(groups, name, column) : []),
  ];
}

type Groups = (args: string, selection: string) => string;

function keys(groups: Groups, name: string, { value, kind }: Column): readonly Way[] {
  const seen = { groups: [{ key: { seen: value } }] };
  const by = `, groupBy: [${name}]`;
  return [
    { name: "of a group's key", query: groups(by, `key { ... { seen: ${name} } }`), seen },
    {
      name: "of a key without it",
      query: groups("", `key { seen: ${name} }`),
      seen: { groups: [{ key: { seen: null } }] },
    },
    { name: "to group by", query: groups(by, "count"), seen: { groups: [{ count: 1 }] } },
    {
      name: "in an order of groups, by key",
      query: groups(`${by}, orderBy: [{ key: { ${name}: DESC } }]`, "count"),
      seen: { groups: [{ count: 1 }] },
    },
    ...(kind === "time"
      ? [
          {
            name: "to cut and group by",
            query: groups(`${by}, truncate: { ${name}: DAY }, timeZone: "UTC"`, "count"),
            seen: { groups: [{ count: 1 }] },
          },
        ]
      : []),
  ];
}

function counts(groups: Groups, name: string, { value }: Column): readonly Way[] {
  const count = value === null ? 0 : 1;
  return [
    { name: "counted", query: groups("", `n: count(column: ${name})`), seen: { groups: [{ n: count }] } },
    {
      name: "counted once each",
      query: groups("", `...{ n: count(column: ${name}, distinct: true) }`),
      seen: { groups: [{ n: count }] },
    },
  ];
}

/** What is calculated, and to what it comes. */
interface Calculation {
  readonly name: string;
  readonly measure: string;
  readonly column: Column;
  readonly of: unknown;
}

function calculations(groups: Groups, { name, measure, column, of }: Calculation): readonly Way[] {
  const present = column.kind === "id" ? '{ ne: "none" }' : "{ isNull: false }";
  const having = `having: { NOT: { OR: [{ AND: [{ NOT: { ${measure}: { ${name}: ${present} } } }] }] } }`;
  const one = { groups: [{ count: 1 }] };
  return [
    {
      name: `in ${measure}`,
      query: groups("", `seen: ${measure} { ... { value: ${name} } }`),
      seen: { groups: [{ seen: { value: of } }] },
    },
    { name: `in having ${measure}`, query: groups(`, ${having}`, "count"), seen: of === null ? { groups: [] } : one },
    {
      name: `in an order of groups, by ${measure}`,
      query: groups(`, groupBy: [id], orderBy: [{ ${measure}: { ${name}: ASC } }]`, "count"),
      seen: one,
    },
  ];
}

function sums(groups: Groups, name: string, column: Column): readonly Way[] {
  const { value } = column;
  return [
    ...calculations(groups, { name, measure: "sum", column, of: String(value) }),
    ...calculations(groups, { name, measure: "avg", column, of: value }),
  ];
}

import { type Column, type Table, type Way, must, tables } from "./columns.ts";
import type { Cell, Door } from "./door.ts";
import { groupWays } from "./group-ways.ts";

/** Every column by every way that it can be named. */
export function columnDoors(): readonly Door[] {
  return tables.flatMap((table) =>
    Object.entries(table.columns).flatMap(([name, column]) =>
      [...selections(table, name, column), ...filters(table, name, column), ...groupWays(table, name, column)]
        .concat(column.kind === "list" ? [] : orders(table, name))
        .map((way) => doorOf(table, name, column, way)),
    ),
  );
}

function doorOf(table: Table, column: string, info: Column, { name, query, seen, unseen, denied = null }: Way): Door {
  const withoutColumn: Cell = unseen === undefined ? "FORBIDDEN" : { data: unseen, codes: ["FORBIDDEN"] };
  return {
    name: `${table.type}.${column} ${name}`,
    operation: { query },
    denied,
    must: must(table, info, { data: seen }, withoutColumn),
  };
}

/** The argument that leaves the row. */
function only({ id }: Table, more = "{}"): string {
  return `where: { AND: [{ id: { eq: "${id}" } }, ${more}] }`;
}

function selections(table: Table, name: string, { value, isRequired }: Column): readonly Way[] {
  const { type, singular, plural, id } = table;
  const row = { seen: value };
  const unseen = isRequired === true ? null : { seen: null };
  const lookup = { seen: { [singular]: row }, unseen: { [singular]: unseen }, denied: { [singular]: null } };
  const part = `fragment Part on ${type} { ... { seen: ${name} } }`;
  return [
    { name: "of a row", query: `{ ${singular}(id: "${id}") { seen: ${name} } }`, ...lookup },
    {
      name: "of a row as it was",
      query: `{ ${singular}(id: "${id}", asOf: { timestamp: "2100-01-01T00:00:00Z" }) { ...Part } } ${part}`,
      ...lookup,
    },
    {
      name: "of an entity",
      query: `{ _entities(representations: [{ __typename: "${type}", id: "${id}" }]) { ...Part } } ${part}`,
      seen: { _entities: [row] },
      unseen: { _entities: [unseen] },
      denied: { _entities: [null] },
    },
    { name: "of rows", query: `{ ${plural}(${only(table)}) { ...Part } } ${part}`, seen: { [plural]: [row] } },
    {
      name: "of a page's nodes",
      query: `{ page: ${plural}Connection(${only(table)}) { ... on ${type}Connection { nodes { ...Part } } } } ${part}`,
      seen: { page: { nodes: [row] } },
    },
    {
      name: "of a page's edges",
      query: `{ page: ${plural}Connection(${only(table)}) { edges { ... { node { ...Part } } } } } ${part}`,
      seen: { page: { edges: [{ node: row }] } },
    },
  ];
}

function filters(table: Table, name: string, { value, kind }: Column): readonly Way[] {
  const { plural, id } = table;
  const [isNull, isPresent] =
    kind === "id" ? ['{ eq: "none" }', '{ ne: "none" }'] : ["{ isNull: true }", "{ isNull: false }"];
  const filter = only(table, `{ ${name}: ${isNull} }`);
  const deep = `{ OR: [{ id: { eq: "none" } }, { AND: [{ NOT: { ${name}: ${isPresent} } }] }] }`;
  const ids = value === null ? [{ id }] : [];
  return [
    { name: "in a filter", query: `{ ${plural}(${filter}) { id } }`, seen: { [plural]: ids } },
    { name: "in a filter's depth", query: `{ ${plural}(${only(table, deep)}) { id } }`, seen: { [plural]: ids } },
    {
      name: "in a page's filter",
      query: `{ page: ${plural}Connection(${filter}) { totalCount pageInfo { hasNextPage } } }`,
      seen: { page: { totalCount: ids.length, pageInfo: { hasNextPage: false } } },
    },
    {
      name: "in a filter of groups",
      query: `{ groups: ${plural}Aggregate(${filter}) { count } }`,
      seen: { groups: [{ count: ids.length }] },
    },
  ];
}

function orders(table: Table, name: string): readonly Way[] {
  const { plural, id } = table;
  const rows = { [plural]: [{ id }] };
  return [
    { name: "in an order", query: `{ ${plural}(${only(table)}, orderBy: [{ ${name}: DESC }]) { id } }`, seen: rows },
    { name: "to tell rows apart", query: `{ ${plural}(${only(table)}, distinct: [${name}]) { id } }`, seen: rows },
    {
      name: "in a page's order",
      query: `{ page: ${plural}Connection(${only(table)}, orderBy: [{ ${name}: ASC }]) { nodes { id } } }`,
      seen: { page: { nodes: [{ id }] } },
    },
  ];
}

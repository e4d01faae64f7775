import fc from "fast-check";
import { SALES_COLUMNS, type SalesColumn } from "./sales.ts";

/** A query of groups of sales in both languages. SQL's columns are the paths of the GraphQL result: `key.shop`. */
export interface SalesQuery {
  readonly graphql: string;
  readonly sql: string;
}

/** Something that is calculated of a group. */
interface Measure {
  /** Where it stands in the result. */
  readonly path: string;
  readonly graphql: string;
  /** What is compared and ordered by. */
  readonly sql: string;
  readonly shown: (sql: string) => string;
  /** Its place in `having` and `orderBy`, with its filter; undefined where it can't stand there. */
  readonly place?: (inner: string) => string;
  /** A value that `having` may compare with: in GraphQL and in SQL. */
  readonly operand?: (random: number) => readonly [string, string];
}

const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "+05:30"];
const UNITS = ["MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"];

const WHERES: readonly (readonly [string, string])[] = [
  [`items: { gte: 0 }`, `items >= 0`],
  [`shop: { isNull: false }`, `shop is not null`],
  [`price: { lt: "99.5" }`, `price < 99.5`],
  [`NOT: { paid: { eq: true } }`, `paid is not true`],
  [`id: { in: ["1", "2", "3"] }`, `id in ('1', '2', '3')`],
  [`OR: []`, `false`],
];

const MEASURES: readonly Measure[] = [
  {
    path: "count",
    graphql: "count",
    sql: "count(*)::int4",
    shown: (sql) => sql,
    place: (inner) => `count: ${inner}`,
    operand: (random) => [`${random % 20}`, `${random % 20}`],
  },
  ...SALES_COLUMNS.flatMap(measuresOf),
];

/** Queries at random. */
export const salesQueries: fc.Arbitrary<SalesQuery> = fc
  .record({
    where: fc.option(fc.constantFrom(...WHERES), { freq: 2 }),
    keys: fc.subarray([...SALES_COLUMNS], { maxLength: 3 }),
    units: fc.infiniteStream(fc.option(fc.constantFrom(...UNITS), { freq: 4 })),
    zone: fc.constantFrom(...ZONES),
    measures: fc.subarray([...MEASURES], { minLength: 1, maxLength: 5 }),
    having: fc.option(havings(), { freq: 2 }),
    order: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 3 }),
    limit: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 2 }),
    offset: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 2 }),
  })
  .map(({ where, keys, units, zone, measures, having, order, limit, offset }) => {
    const grouped = keys.map((key) => cutKey(key, unitFor(key, units.next().value ?? null), zone));
    const ordering = orderings(grouped, order);
    const cuts = grouped.flatMap(({ cut }) => cut ?? []);
    const args = [
      where === null ? "" : `where: { ${where[0]} }`,
      grouped.length === 0 ? "" : `groupBy: [${grouped.map(({ name }) => name).join(", ")}]`,
      cuts.length === 0 ? "" : `truncate: { ${cuts.join(", ")} }`,
      `timeZone: "${zone}"`,
      having === null ? "" : `having: { ${having[0]} }`,
      ordering.length === 0 ? "" : `orderBy: [${ordering.map(([graphql]) => graphql).join(", ")}]`,
      `limit: ${limit ?? 1000}`,
      offset === null ? "" : `offset: ${offset}`,
    ];
    const shown = [
      ...grouped.map(({ name, sql, show }) => `${show(sql)} as "key.${name}"`),
      ...measures.map(({ path, sql, shown }) => `${shown(sql)} as "${path}"`),
    ];
    const sorted = [...ordering.map(([, sql]) => sql), ...grouped.map(({ sql }) => `${sql} asc nulls first`)];
    const key = grouped.length === 0 ? "" : `key { ${grouped.map(({ name }) => name).join(" ")} }`;
    return {
      graphql: `{ salesAggregate(${args.filter((arg) => arg !== "").join(", ")}) { ${key} ${measures.map(({ graphql }) => graphql).join(" ")} } }`,
      sql: [
        `select ${shown.join(", ")} from sales`,
        where === null ? "" : `where ${where[1]}`,
        grouped.length === 0 ? "" : `group by ${grouped.map(({ sql }) => sql).join(", ")}`,
        having === null ? "" : `having ${having[1]}`,
        sorted.length === 0 ? "" : `order by ${sorted.join(", ")}`,
        `limit ${limit ?? 1000} offset ${offset ?? 0}`,
      ].join(" "),
    };
  });

/** GraphQL and SQL of conditions on groups; in SQL what is unknown does not match, also where it is negated. */
function havings(): fc.Arbitrary<readonly [string, string]> {
  const condition = fc
    .tuple(fc.constantFrom(...MEASURES), fc.constantFrom("eq", "gt", "gte", "lt", "lte", "ne"), fc.nat(1000))
    .map(([{ place, operand, sql }, operator, random]): readonly [string, string] => {
      if (place === undefined || operand === undefined) return ["AND: []", "true"];
      const [graphql, literal] = operand(random);
      return [place(`{ ${operator}: ${graphql} }`), `coalesce(${sql} ${OPERATORS[operator] ?? "="} ${literal}, false)`];
    });
  const none = fc.constantFrom(...MEASURES).map(({ place, sql }): readonly [string, string] => {
    return place === undefined ? ["AND: []", "true"] : [place("{ isNull: true }"), `${sql} is null`];
  });
  const simple = fc.oneof(condition, none);
  return fc.oneof(
    condition,
    fc.tuple(simple, simple).map(([a, b]) => [`OR: [{ ${a[0]} }, { ${b[0]} }]`, `(${a[1]} or ${b[1]})`] as const),
    fc.tuple(simple, simple).map(([a, b]) => [`AND: [{ ${a[0]} }, { ${b[0]} }]`, `(${a[1]} and ${b[1]})`] as const),
    simple.map(([graphql, sql]) => [`NOT: { ${graphql} }`, `not (${sql})`] as const),
  );
}

const OPERATORS: Readonly<Record<string, string>> = { eq: "=", ne: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" };

function measuresOf({ name, shown, number, ordered }: SalesColumn): readonly Measure[] {
  const at =
    (value: string) =>
    (inner: string): string =>
      `${value}: { ${name}: ${inner} }`;
  const counts: readonly Measure[] = [
    {
      path: `n_${name}`,
      graphql: `n_${name}: count(column: ${name})`,
      sql: `count(${name})::int4`,
      shown: (sql) => sql,
    },
    {
      path: `d_${name}`,
      graphql: `d_${name}: count(column: ${name}, distinct: true)`,
      sql: `count(distinct ${name})::int4`,
      shown: (sql) => sql,
    },
  ];
  const extremes = (["min", "max"] as const).map((value): Measure => {
    return {
      path: `${value}.${name}`,
      graphql: `${value} { ${name} }`,
      sql: `${value}(${name})`,
      shown,
      place: at(value),
    };
  });
  if (number === undefined) return ordered ? [...counts, ...extremes] : counts;
  const isText = number.sum === "text";
  const quarter = (random: number): string => String((random - 500) / 4);
  const asSum = isText ? (random: number): string => `"${random - 500}"` : quarter;
  return [
    ...counts,
    ...extremes,
    {
      path: `sum.${name}`,
      graphql: `sum { ${name} }`,
      sql: `sum(${name})`,
      shown: (sql) => (isText ? `(${sql})::text` : sql),
      place: at("sum"),
      operand: (random) => [asSum(random), asSum(random).replaceAll(`"`, "")],
    },
    {
      path: `avg.${name}`,
      graphql: `avg { ${name} }`,
      sql: number.average === "float" ? `avg(${name})::float8` : `avg(${name})`,
      shown: (sql) => `(${sql})::float8`,
      place: at("avg"),
      operand: (random) => [number.average === "float" ? quarter(random) : `"${quarter(random)}"`, quarter(random)],
    },
  ];
}

interface CutKey {
  readonly name: string;
  readonly sql: string;
  readonly show: (sql: string) => string;
  readonly cut: string | undefined;
}

function unitFor({ time }: SalesColumn, unit: string | null): string | null {
  return time === undefined || (time === "date" && (unit === "HOUR" || unit === "MINUTE")) ? null : unit;
}

function cutKey({ name, shown, time }: SalesColumn, unit: string | null, zone: string): CutKey {
  if (unit === null) return { name, sql: name, show: shown, cut: undefined };
  const start = `date_trunc('${unit.toLowerCase()}', ${time === "date" ? `${name}::timestamp` : name}`;
  // To PostgreSQL a zone that is written as an offset counts westwards.
  const end = time === "zoned" ? `, '${zone.replace(/^\+/, "-")}')` : ")";
  return { name, sql: `${start}${end}${time === "date" ? "::date" : ""}`, show: shown, cut: `${name}: ${unit}` };
}

/** Of what can be ordered by, what the numbers choose. */
function orderings(
  keys: readonly CutKey[],
  chosen: readonly (readonly [number, boolean])[],
): readonly [string, string][] {
  const all = [
    ...keys.map(({ name, sql }) => ({ place: (inner: string): string => `key: { ${name}: ${inner} }`, sql })),
    ...MEASURES.flatMap(({ place, sql }) => (place === undefined ? [] : [{ place, sql }])),
  ];
  if (keys.length === 0) return [];
  return chosen.flatMap(([index, ascending]): [string, string][] => {
    const one = all[index % all.length];
    if (one === undefined) return [];
    const direction = ascending ? "asc nulls first" : "desc nulls last";
    return [[`{ ${one.place(ascending ? "ASC" : "DESC")} }`, `${one.sql} ${direction}`]];
  });
}

import { type Cell, type Door, NO_READERS, everyone, readers } from "./door.ts";

const representations = (...keys: readonly object[]): Door["operation"] => ({
  query: `query ($keys: [_Any!]!) {
    _entities(representations: $keys) { __typename ... on User { id } ... on Account { id } }
  }`,
  variables: { keys },
});
const entities = (...found: readonly (object | null)[]): unknown => ({ _entities: found });
const ANN = { __typename: "User", id: "ann" };
const BOB = { __typename: "User", id: "bob" };

/** What a supergraph's gateway asks, with its own proof. */
export function entityDoors(sdl: string): readonly Door[] {
  const none = { data: entities(null, null), codes: ["FORBIDDEN", "FORBIDDEN"] };
  return [
    {
      name: "rows as entities",
      operation: representations(ANN, BOB),
      denied: null,
      must: {
        ...readers({ data: entities(ANN, BOB) }),
        reader: { data: entities(ANN, null) },
        self: { data: entities(ANN, null) },
        claimless: none,
        writer: none,
        deleter: none,
        stranger: none,
      },
    },
    {
      name: "an entity by what is not its key",
      operation: representations({ __typename: "User", email: "foreign" }),
      denied: entities(null),
      must: everyone({ data: entities(null), codes: ["BAD_USER_INPUT"] }),
    },
    {
      name: "an entity by its key, and a column that it doesn't have",
      operation: representations({ ...ANN, email: "foreign", asOf: { offset: "0" } }),
      denied: entities(null),
      must: { ...NO_READERS, ...readers({ data: entities(ANN) }) },
    },
    {
      name: "an entity that is none",
      operation: representations({ __typename: "UserChange", id: "ann" }, { __typename: "__proto__", id: "ann" }),
      denied: null,
      must: everyone({ data: entities(null, null), codes: ["BAD_USER_INPUT", "BAD_USER_INPUT"] }),
    },
    {
      name: "an entity of another aggregate",
      operation: representations({ __typename: "Account", id: "foreign" }, { __typename: "Account", id: "own" }),
      denied: null,
      must: accounts(),
    },
    {
      name: "what the API is made of",
      operation: { query: "{ _service { sdl } }" },
      denied: null,
      must: everyone({ data: { _service: { sdl } } }),
    },
  ];
}

function accounts(): Door["must"] {
  const none: Cell = { data: entities(null, null), codes: ["FORBIDDEN", "FORBIDDEN"] };
  const [foreign, own] = ["foreign", "own"].map((id) => ({ __typename: "Account", id }));
  return {
    ...everyone(none),
    anonymous: { data: entities(null, own ?? null) },
    reader: { data: entities(null, own ?? null) },
    self: { data: entities(null, own ?? null) },
    admin: { data: entities(foreign ?? null, own ?? null) },
  };
}

import { expect, it } from "vitest";
import { ask, createGate, startTiny } from "./tiny-server.ts";

it("answers a query, and tells resolvers who calls", async () => {
  const url = await startTiny();
  const answer = await ask(url, "{ hello header }", {
    headers: { "content-type": "application/json", "X-Who": "ann" },
  });
  expect(answer).toEqual({ status: 200, body: { data: { hello: "world", header: "ann" } } });
});

it("takes a plain GraphQL document, as pasted after curl -d", async () => {
  const url = await startTiny();
  const answer = await ask(url, "", { headers: { "content-type": "application/graphql" }, body: "{ hello }" });
  expect(answer.body).toEqual({ data: { hello: "world" } });
});

it.each([
  ["too deep", "{ node { next { next { next { next { name } } } } } }", "nests more than 5 levels"],
  [
    "too deep through fragments",
    "{ node { ...a } } fragment a on Node { next { next { next { next { name } } } } }",
    "5 levels",
  ],
  ["too many aliases", "{ a: hello b: hello c: hello d: hello }", "more than 3 aliases"],
  ["too many tokens", `{ ${"hello ".repeat(120)} }`, "more than 100 tokens"],
])("refuses a document that is %s", async (_what, query, message) => {
  const { body } = await ask(await startTiny(), query);
  expect(body.data).toBeUndefined();
  expect(body.errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: "LIMIT_EXCEEDED" } },
  ]);
});

it("refuses the same document again", async () => {
  const url = await startTiny();
  for (const _time of [1, 2]) {
    const { body } = await ask(url, `{ ${"hello ".repeat(120)} }`);
    expect(body.errors?.[0]?.extensions.code).toBe("LIMIT_EXCEEDED");
  }
});

it("takes a document at each limit", async () => {
  const url = await startTiny();
  const { body } = await ask(url, "{ a: hello b: hello node { next { next { next { name } } } } }");
  expect(body.errors).toBeUndefined();
});

it.each([
  ["with its length said", { body: JSON.stringify({ query: `{ hello } # ${"x".repeat(3_000)}` }) }],
  ["in chunks", { body: new Blob(['{"query":"', "x".repeat(3_000), '"}']).stream(), duplex: "half" as const }],
])("refuses a body that is too large, %s, with 413", async (_how, init) => {
  const answer = await ask(await startTiny(), "", init);
  expect(answer.status).toBe(413);
  expect(answer.body.errors).toMatchObject([
    { message: expect.stringContaining("2000 bytes"), extensions: { code: "LIMIT_EXCEEDED" } },
  ]);
});

it.each([
  ["a syntax error", "{ hello", /Syntax Error/],
  ["an unknown field", "{ helo }", /Did you mean "hello"/],
  ["an argument of the wrong type", '{ echo(n: "x") }', /Int cannot represent/],
])("calls %s the caller's mistake", async (_what, query, message) => {
  const { body } = await ask(await startTiny(), query);
  expect(body.errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
  ]);
});

it.each([
  ["no JSON", "{"],
  ["a list of operations", '[{"query":"{ hello }"}]'],
  ["no query", "{}"],
  ["variables of the wrong type", '{"query":"query q($n: Int!) { echo(n: $n) }","variables":{"n":"x"}}'],
])("calls a body with %s the caller's mistake", async (_what, body) => {
  const answer = await ask(await startTiny(), "", { body });
  expect(answer.body.errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_USER_INPUT"]);
});

it("shows no more of an unexpected error than its mask does", async () => {
  const { body } = await ask(await startTiny(), "{ broken }");
  expect(JSON.stringify(body)).not.toContain("secret");
  expect(body.errors).toMatchObject([
    { message: expect.stringContaining("Unexpected error"), extensions: { code: "INTERNAL" } },
  ]);
});

it("gives up on an operation that takes too long", async () => {
  const gate = createGate();
  const { body } = await ask(await startTiny({ limits: { queryMs: 20 } }, gate), "{ slow }");
  expect(gate.waiting).toBe(1);
  expect(body.errors).toMatchObject([
    { message: expect.stringContaining("longer than 20 ms"), extensions: { code: "LIMIT_EXCEEDED" } },
  ]);
  gate.open();
});

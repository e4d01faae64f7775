import { expect, it } from "vitest";
import { endpointOf } from "../../../src/cli/watch/endpoint.ts";

it("a gateway's address has no credentials in it, and says none where it is refused", () => {
  const refused = expect.objectContaining({
    code: "BAD_USER_INPUT",
    message: expect.not.stringContaining("s3cret"),
  });
  expect(() => endpointOf("http://ada:s3cret@localhost:4000", {})).toThrow(refused);
  expect(() => endpointOf(undefined, { EVENTQL_URL: "http://s3cret@localhost:4000" })).toThrow(refused);
  expect(endpointOf("http://localhost:4000", { EVENTQL_TOKEN: "t" })).toEqual({
    url: "http://localhost:4000/graphql",
    credentials: { authorization: "Bearer t" },
  });
});

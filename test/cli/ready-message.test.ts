import { expect, it } from "vitest";
import { readyMessage } from "../../src/cli/ready-message.ts";

const state = { url: "http://127.0.0.1:4000", stack: "embedded", hasSample: true, isEmpty: false, hasGraphiQL: true };

it("has three requests to paste: several users by key, a change, one user by key", () => {
  const commands = readyMessage(state)
    .split("\n")
    .filter((line) => line.includes("curl"));
  expect(commands).toEqual([
    expect.stringContaining("{ users(where: {id: {in: ["),
    expect.stringContaining("mutation { userChanged(id: "),
    expect.stringContaining("{ user(id: "),
  ]);
  for (const command of commands) expect(command.match(/'/g)).toHaveLength(4);
});

it("says the address alone where there is no example", () => {
  const text = readyMessage({ ...state, url: "http://10.0.0.1:80", hasSample: false });
  expect(text).toContain("http://10.0.0.1:80/graphql");
  expect(text).not.toContain("curl");
});

it("invites to GraphiQL where there is one", () => {
  expect(readyMessage(state)).toContain("Open it in a browser for GraphiQL.");
  expect(readyMessage({ ...state, hasGraphiQL: false })).not.toContain("browser");
});

it("says how to begin where there is nothing to serve", () => {
  const text = readyMessage({ ...state, hasSample: false, isEmpty: true });
  expect(text).toContain("http://localhost:4000/graphql");
  expect(text).toContain("There are no event types yet: eventql schema register <folder>");
});

import { describe, expect, it } from "vitest";
import { allowAll } from "../../src/security/authorize.ts";
import { checkBind, requiresLoopbackHost } from "../../src/security/bind-check.ts";
import { isLoopback, isLoopbackUrl } from "../../src/security/loopback.ts";
import { authOf } from "./support/tokens.ts";

const open = { authorize: undefined, allowAnonymous: false };

it.each(["127.0.0.1", "127.8.9.1", "::1", "[::1]", "0:0:0:0:0:0:0:1", "localhost", "LOCALHOST", "a.localhost"])(
  "takes %s for this machine",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each(["0.0.0.0", "::", "192.168.0.1", "example.com", "localhost.example.com", "127.0.0.1.example.com", ""])(
  "takes %j for another machine's",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

it("reads hosts out of URLs", () => {
  expect(isLoopbackUrl("http://[::1]:4000/x")).toBe(true);
  expect(isLoopbackUrl("http://localhost@example.com/")).toBe(false);
  expect(isLoopbackUrl("null")).toBe(false);
});

describe("listening", () => {
  it("is always allowed for this machine alone", () => {
    expect(() => checkBind({ host: "127.0.0.1", ...open })).not.toThrow();
  });

  it("is refused for others while nobody is asked who they are", () => {
    expect(() => checkBind({ host: "0.0.0.0", ...open })).toThrow(expect.objectContaining({ code: "BIND_REFUSED" }));
  });

  it.each([
    { ...open, authorize: allowAll },
    { ...open, allowAnonymous: true },
    { ...open, auth: authOf({}) },
    { ...open, policies: {} },
  ])("is allowed for others with %o", (exposure) => {
    expect(() => checkBind({ host: "0.0.0.0", ...exposure })).not.toThrow();
  });
});

it("asks for a Host of this machine only where everyone who gets here is trusted", () => {
  expect(requiresLoopbackHost({ host: "127.0.0.1", ...open })).toBe(true);
  expect(requiresLoopbackHost({ host: "127.0.0.1", ...open, authorize: allowAll })).toBe(false);
  expect(requiresLoopbackHost({ host: "127.0.0.1", ...open, allowAnonymous: true })).toBe(false);
  expect(requiresLoopbackHost({ host: "127.0.0.1", ...open, auth: authOf({}) })).toBe(false);
  expect(requiresLoopbackHost({ host: "127.0.0.1", ...open, policies: {} })).toBe(false);
});

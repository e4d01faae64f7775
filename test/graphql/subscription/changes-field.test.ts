import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser } from "../example-catalogs.ts";
import { change } from "./items.ts";
import { Live, codeOf, messageOfFailure } from "./live.ts";

const FOLLOW = `subscription ($where: UserWhere, $snapshot: Boolean, $after: Cursor) {
  userChanges(where: $where, snapshot: $snapshot, after: $after) {
    operation id user { id firstname last_name } previous { firstname } cursor
  }
}`;

describe("userChanges", () => {
  it.each([
    ["nothing", {}, { where: {}, snapshot: false, after: undefined }],
    ["null", { where: null, snapshot: null, after: null }, { where: {}, snapshot: false, after: undefined }],
    ["a filter", { where: { firstname: { eq: "Ada" } } }, { where: { firstname: { $eq: "Ada" } } }],
    ["a snapshot", { snapshot: true }, { snapshot: true, after: undefined }],
    ["a cursor", { after: "here" }, { snapshot: false, after: "here" }],
    ["a cursor, and no snapshot", { after: "here", snapshot: false }, { snapshot: false, after: "here" }],
  ])("asks the feed for %s", async (_what, variables, request) => {
    const live = new Live(appuser);
    await live.follow(FOLLOW, { variables });
    expect(live.changes.last.request).toMatchObject({ collection: "users", scope: undefined, ...request });
  });

  it("refuses a snapshot together with a cursor, and says what to do", async () => {
    const live = new Live(appuser);
    const asked = live.follow(FOLLOW, { variables: { snapshot: true, after: "here" } });
    await expect(messageOfFailure(asked)).resolves.toContain("leave out `snapshot`");
    await expect(codeOf(asked)).resolves.toBe("BAD_USER_INPUT");
    expect(live.changes.subscribed).toEqual([]);
  });

  it.each([
    ["a null operand", { firstname: { eq: null } }, "BAD_USER_INPUT"],
    ["a list that is too long", { id: { in: ["a", "b", "c"] } }, "LIMIT_EXCEEDED"],
  ])("refuses %s in the filter", async (_what, where, code) => {
    const live = new Live(appuser, { limits: { ...defaultLimits, maxInLength: 2 } });
    await expect(codeOf(live.follow(FOLLOW, { variables: { where } }))).resolves.toBe(code);
    await expect(codeOf(live.iterate(FOLLOW, { variables: { where } }))).resolves.toBe(code);
  });

  it.each([[""], [7]])("refuses %j as a cursor", async (after) => {
    const live = new Live(appuser);
    await expect(codeOf(live.follow(FOLLOW, { variables: { after } }))).resolves.toBe("BAD_USER_INPUT");
  });

  it("refuses as the feed does", async () => {
    const live = new Live(appuser);
    live.changes.refusal = new EventQLError("CURSOR_EXPIRED", "too old");
    await expect(codeOf(live.follow(FOLLOW))).resolves.toBe("CURSOR_EXPIRED");
    await expect(codeOf(live.iterate(FOLLOW))).resolves.toBe("CURSOR_EXPIRED");
  });

  it("shows what has changed", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(FOLLOW);
    const previous = { _id: "1", firstname: "Ada" };
    live.changes.emit(change("1", { firstname: "Adah", last_name: null }, { previous }));
    live.changes.emit(change("2", {}, { operation: "DELETE", document: undefined }));
    expect(inbox.results).toEqual([
      {
        data: {
          userChanges: {
            operation: "UPDATE",
            id: "1",
            user: { id: "1", firstname: "Adah", last_name: null },
            previous: { firstname: "Ada" },
            cursor: "after 1",
          },
        },
      },
      { data: { userChanges: { operation: "DELETE", id: "2", user: null, previous: null, cursor: "after 2" } } },
    ]);
  });
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type CliResult, eventqlInProcess } from "../run-in-process.ts";

const SCHEMAS = new URL("../../../schemas", import.meta.url).pathname;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

async function run(...args: readonly string[]): Promise<CliResult> {
  return await eventqlInProcess([...args, "--data", folder.path, "--topics", "appuser"], {
    cwd: folder.path,
    env: { EVENTQL_SCHEMAS: SCHEMAS },
  });
}

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await folder.remove();
});

it("builds by itself where no server holds the data, and says honestly how it ended", async () => {
  expect(await run("projections")).toMatchObject({ exitCode: 0, stdout: "" });
  expect(await run("rebuild", "nothing")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("BAD_USER_INPUT: There is no projection nothing: there are appuser."),
  });
  const event = JSON.stringify({ first_name: "Ada", last_name: "King" });
  expect(await run("produce", "--topic", "appuser", "--schema", "UserChanged", event)).toMatchObject({ exitCode: 0 });
  const made = await run("rebuild", "appuser", "--no-swap", "--compare", "--json");
  expect(made).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(made.stdout)).toMatchObject({
    name: "appuser",
    swapped: false,
    events: 1,
    comparison: { equal: 1, different: 0, samples: [] },
  });
  expect((await run("projections", "appuser")).stdout).toMatch(
    /^PROJECTION +BUILD +STATE +PROGRESS\nappuser +\w{8} +live +1 of 1 events \(100 %\)\nappuser +\w{8} +next +1 of 1 events \(100 %\)\n$/,
  );
  const swapped = await run("rebuild", "appuser", "--swap");
  expect(swapped.stdout).toMatch(/^appuser: the build \w{8} is live \(1 events in .*\); \w{8} is kept: --restore/);
  expect(swapped.stderr).toMatch(/^appuser: the build \w{8} is being made already\.\n$/);
  for (const [first, second] of [
    ["--restore", "--discard"],
    ["--restore", "--no-swap"],
    ["--discard", "--compare"],
  ] as const)
    expect(await run("rebuild", "appuser", second, first)).toMatchObject({
      exitCode: 1,
      stderr: `BAD_USER_INPUT: ${first} and ${second} exclude each other: give one of them.\n`,
    });
});

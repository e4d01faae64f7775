import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { E2EStack } from "../../e2e/stacks/stack.ts";
import { openEmbedded } from "../../e2e/stacks/embedded.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { DataflowStory } from "./story.ts";

const KILLS = 20;

describe("streams with state on the embedded stack, in a process that is killed", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stack: E2EStack;
  let story: DataflowStory;

  beforeEach(async () => {
    folder = await temporaryFolder();
    stack = await openEmbedded(folder.path);
    story = new DataflowStory(stack, folder.path);
  });

  afterEach(async () => {
    await story.dispose();
    await stack.close();
    await folder.remove();
  });

  test("20 times: every event leads to what it would have, once and in order", { timeout: 300_000 }, async () => {
    let host = await story.begin();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const next = story.load();
      const sending = story.send(KILLS);
      await story.kill(host);
      next.go();
      await sending;
      await next.ready();
      host = next;
    }
    const { actual, expected } = await story.settled();
    expect(actual).toEqual(expected);
  });
});

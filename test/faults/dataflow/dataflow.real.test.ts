import { afterEach, beforeEach, expect, test } from "vitest";
import { openReal } from "../../e2e/stacks/real.ts";
import type { E2EStack } from "../../e2e/stacks/stack.ts";
import { describeReal } from "../../support/real-stack.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { DataflowStory } from "./story.ts";

const KILLS = 20;

/** A part of the events for each kill, and one that comes while a process is frozen. */
const PARTS = KILLS + 1;

describeReal("streams with state on the real servers, in processes that are killed", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stack: E2EStack;
  let story: DataflowStory;

  beforeEach(async () => {
    folder = await temporaryFolder();
    stack = await openReal();
    story = new DataflowStory(stack, folder.path);
  });

  afterEach(async () => {
    await story.dispose();
    await stack.close();
    await folder.remove();
  });

  test(
    "20 times, while others take over: every event leads to what it would have, once and in order",
    {
      timeout: 300_000,
    },
    async () => {
      let host = await story.begin();
      for (let kill = 0; kill < KILLS; kill += 1) {
        const next = story.load();
        next.go();
        await next.ready();
        if (kill === KILLS / 2) await story.freeze(host, 2_500, PARTS);
        const sending = story.send(PARTS);
        await story.kill(host);
        await sending;
        host = next;
      }
      const { actual, expected } = await story.settled();
      expect(actual).toEqual(expected);
    },
  );
});

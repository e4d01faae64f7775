import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partitionOf } from "../../src/event-log/partition.ts";
import { appendRaw } from "../support/embedded-raw.ts";
import { blocksOf } from "./blocks.ts";
import { Checkout } from "./checkout.ts";
import { Player } from "./player.ts";

const PAGE = "docs/dead-letters.md";

const blocks = blocksOf(await readFile(new URL(`../../${PAGE}`, import.meta.url), "utf8"));

/** Of the example's first user. */
const KEY = Buffer.from("0190a0de-0000-7000-8000-000000000001");

describe(PAGE, () => {
  let checkout: Checkout;
  let player: Player;

  beforeAll(async () => {
    checkout = await Checkout.open();
    player = new Player(checkout);
    const at = { topic: "appuser", partition: partitionOf(KEY, 4), key: KEY };
    appendRaw(join(checkout.path, ".eventql/eventql.db"), { ...at, value: Buffer.from("not Avro") });
  });

  afterAll(async () => {
    player.close();
    await checkout.close();
  });

  test("has examples", () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  const examples = blocks.map((block, index) => ({ ...block, index, first: block.text.split("\n")[0] }));
  test.each(examples)(`${PAGE}:$line $language $first`, async ({ index, ...block }) => {
    expect(block.text.trim()).not.toBe("");
    if (player.isLater(block, blocks[index - 1])) await player.compareLater(block);
    else await player.play(block, blocks[index + 1]);
  });
});

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksOf } from "./blocks.ts";
import { Checkout } from "./checkout.ts";
import { Player } from "./player.ts";

const PAGES = [
  "README.md",
  "docs/subscriptions.md",
  "docs/queries.md",
  "docs/history.md",
  "docs/federation.md",
  "docs/cli.md",
  "docs/indexes.md",
  "docs/hot-reload.md",
  "docs/evolution.md",
  "docs/rebuild.md",
];

const pages = await Promise.all(
  PAGES.map(async (page) => ({
    page,
    blocks: blocksOf(await readFile(new URL(`../../${page}`, import.meta.url), "utf8")),
  })),
);

describe.each(pages)("$page", ({ page, blocks }) => {
  let checkout: Checkout;
  let player: Player;

  beforeAll(async () => {
    checkout = await Checkout.open();
    player = new Player(checkout);
  });

  afterAll(async () => {
    player.close();
    await checkout.close();
  });

  test("has examples", () => {
    expect(blocks.length).toBeGreaterThan(1);
  });

  const examples = blocks.map((block, index) => ({ ...block, index, first: block.text.split("\n")[0] }));
  test.each(examples)(`${page}:$line $language $first`, async ({ index, ...block }) => {
    expect(block.text.trim()).not.toBe("");
    if (player.isLater(block, blocks[index - 1])) await player.compareLater(block);
    else await player.play(block, blocks[index + 1]);
  });
});

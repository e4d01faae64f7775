import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { E2EStack } from "../e2e/stacks/stack.ts";
import { blocksOf } from "../docs/blocks.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { LiveClient } from "../support/live-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ANYTHING: unknown = expect.anything();
const EVENTUALLY = { timeout: 20_000, interval: 50 };

const Scripts = z.object({ scripts: z.object({ "example:wordcount": z.string() }) });
const Counts = z.array(z.object({ id: z.string(), count: z.string() }));
const Cards = z.array(z.object({ id: z.string(), seen: z.string(), german: z.string().nullable() }));
const Change = z.object({
  data: z.object({
    wordCountChanges: z.object({ wordCount: z.object({ id: z.string(), count: z.string() }).nullable() }),
  }),
});

/** What a test of the word count needs of a stack. */
export interface WordcountStack extends E2EStack {
  /** Removes the example's topics. */
  readonly clean: () => Promise<void>;
}

/** The arguments of `eventql` in the script that starts the example. */
async function scriptArguments(): Promise<readonly string[]> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const words = Scripts.parse(JSON.parse(text)).scripts["example:wordcount"].split(" ");
  return words.slice(words.indexOf("src/main.ts") + 1);
}

/** Lines of some words, few of them often and many of them seldom; the same every time. */
function linesOf(count: number): readonly string[] {
  let state = 7;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const word = (): string => `x${"abcdefghij"[Math.floor(10 * random() ** 3)]}${"klm"[Math.floor(3 * random())]}`;
  return Array.from({ length: count }, () => Array.from({ length: 6 }, word).join(" "));
}

/** How often each word is in lines. */
function countsOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of lines.flatMap((line) => line.split(" "))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** The word count as its users have it. */
export function wordcountSuite(name: string, open: (folder: string) => Promise<WordcountStack>): void {
  describe(`the word count on the ${name} stack`, () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: WordcountStack;
    let wordcount: EventqlProcess;
    let url = "";

    const start = async (): Promise<void> => {
      wordcount = new EventqlProcess([...(await scriptArguments()), "--port", "0", ...stack.args], stack.env);
      url = await wordcount.ready();
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      await start();
    });

    afterAll(async () => {
      await wordcount.kill();
      await stack.clean();
      await stack.close();
      await folder.remove();
    });

    const ask = async (query: string): Promise<Readonly<Record<string, unknown>>> => {
      const { data, errors } = await graphql(url, query);
      expect(errors).toBeUndefined();
      return data ?? {};
    };

    const write = async (lines: readonly string[]): Promise<void> => {
      const fields = lines.map(
        (text, index) => `l${index}: lineWritten(input: { text: "${text}" }, wait: APPENDED) { status }`,
      );
      for (let from = 0; from < fields.length; from += 20)
        await ask(`mutation { ${fields.slice(from, from + 20).join(" ")} }`);
    };

    const top = async (limit: number): Promise<z.infer<typeof Counts>> => {
      const query = `{ wordCounts(where: { id: { startsWith: "x" } }, orderBy: [{ count: DESC }, { id: ASC }], limit: ${limit}) { id count } }`;
      return Counts.parse((await ask(query))["wordCounts"]);
    };

    test("does what its page shows", async () => {
      const blocks = blocksOf(await readFile(new URL("../../examples/wordcount/README.md", import.meta.url), "utf8"));
      for (const [index, { language, text }] of blocks.entries()) {
        if (language !== "graphql") continue;
        const answer = blocks[index + 1];
        const data: unknown = answer?.language === "json" ? JSON.parse(answer.text) : ANYTHING;
        const once = text.startsWith("mutation") ? await graphql(url, text) : undefined;
        await vi.waitFor(async () => expect(once ?? (await graphql(url, text))).toEqual({ data }), EVENTUALLY);
      }
    });

    test("tells subscribers of each word that is counted", async () => {
      const client = new LiveClient(url);
      const changes = client.subscribe(
        `subscription { wordCountChanges(where: { id: { in: ["live", "words"] } }, snapshot: true) { wordCount { id count } } }`,
      );
      await write(["live words, live"]);
      await vi.waitFor(() => {
        const newest = new Map<string, string>();
        for (const item of changes.items) {
          const { wordCount } = Change.parse(item).data.wordCountChanges;
          if (wordCount !== null) newest.set(wordCount.id, wordCount.count);
        }
        expect(Object.fromEntries(newest)).toEqual({ live: "2", words: "1" });
      }, EVENTUALLY);
      await client.close();
    });

    test("counts each word once, and joins it, though it is killed in the midst", { timeout: 60_000 }, async () => {
      const lines = linesOf(120);
      const counts = countsOf(lines);
      const [some = "", ...rest] = [...counts.keys()];
      await ask(`mutation { wordTranslated(id: "${some}", input: { language: DE, text: "etwas" }) { status } }`);
      await write(lines.slice(0, 60));
      await vi.waitFor(async () => expect((await top(1)).length).toBe(1), EVENTUALLY);
      await wordcount.kill();
      await start();
      await write(lines.slice(60));
      const expected = [...counts]
        .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .map(([id, count]) => ({ id, count: String(count) }));
      await vi.waitFor(async () => expect(await top(100)).toEqual(expected), EVENTUALLY);
      const cards = async (): Promise<z.infer<typeof Cards>> =>
        Cards.parse(
          (await ask(`{ cards(where: { id: { startsWith: "x" } }, limit: 100) { id seen german } }`))["cards"],
        );
      await vi.waitFor(async () => {
        const found = new Map((await cards()).map((card) => [card.id, card]));
        expect(found.get(some)).toMatchObject({ seen: String(counts.get(some)), german: "etwas" });
        const seen = rest.map((word) => found.get(word)?.seen);
        expect(seen).toEqual(rest.map((word) => String(counts.get(word))));
      }, EVENTUALLY);
    });
  });
}

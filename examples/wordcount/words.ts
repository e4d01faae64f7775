import { type Stream, type TypedProjection, event, join, stream } from "../../src/index.ts";
import type { LineEvent, TranslationEvent, WordEvent } from "./types.ts";

/** How often a word was seen. */
export type WordCount = { readonly count: bigint };

/** A word with what it is called elsewhere. */
export type Card = { readonly seen: bigint; readonly german: string | null; readonly french: string | null };

/** The words of a text, in lower case. */
const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}+/gu) ?? [];

/** Each line is exploded into its words, which are keys from then on. */
export const words: Stream = stream<LineEvent>("lines")
  .flatMap((line) =>
    wordsOf(line.payload.text).map((word) => ({ ...event("WordSeen", { line: line.key }), key: word })),
  )
  .to<WordEvent>("words");

/** Words are counted: a table that GraphQL reads. */
export const wordCounts: TypedProjection<WordCount, WordEvent> = stream<WordEvent>("words").reduce<WordCount>({
  name: "WordCount",
  columns: { count: "long" },
  initial: { count: 0n },
  indexes: [[{ count: "DESC" }]],
  evolve: { WordSeen: ({ count }) => ({ count: count + 1n }) },
});

/** Words and their translations, joined by the word; on more partitions than its topics have. */
export const cards: TypedProjection<Card, WordEvent | TranslationEvent> = join<Card, WordEvent | TranslationEvent>({
  name: "Card",
  from: ["words", "translations"],
  partitions: 8,
  columns: { seen: "long", german: ["null", "string"], french: ["null", "string"] },
  initial: { seen: 0n, german: null, french: null },
  evolve: {
    WordSeen: (card) => ({ ...card, seen: card.seen + 1n }),
    WordTranslated: (card, { language, text }) =>
      language === "DE" ? { ...card, german: text } : { ...card, french: text },
  },
});

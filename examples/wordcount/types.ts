/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/**
 * A line was written.
 *
 * A document of topic lines. A column that may be null is absent until an event sets it.
 */
export type Line = {
  /** The key of its events. */
  readonly _id: string;
  /** What it says. */
  readonly text: string;
};

/** An event of Line. */
export type LineEvent = { readonly type: "LineWritten"; readonly payload: LineWritten };

/** A line was written. */
export type LineWritten = {
  /** What it says. */
  readonly text: string;
};

/**
 * A word was translated; the key is the word.
 *
 * A document of topic translations. A column that may be null is absent until an event sets it.
 */
export type Translation = {
  /** The key of its events. */
  readonly _id: string;
  /** Into which language. */
  readonly language: Language;
  /** The word in that language. */
  readonly text: string;
};

/** An event of Translation. */
export type TranslationEvent = { readonly type: "WordTranslated"; readonly payload: WordTranslated };

/** A word was translated; the key is the word. */
export type WordTranslated = {
  /** Into which language. */
  readonly language: Language;
  /** The word in that language. */
  readonly text: string;
};

/**
 * A word stands in a line; the key is the word.
 *
 * A document of topic words. A column that may be null is absent until an event sets it.
 */
export type Word = {
  /** The key of its events. */
  readonly _id: string;
  /** The line's id. */
  readonly line: string;
};

/** An event of Word. */
export type WordEvent = { readonly type: "WordSeen"; readonly payload: WordSeen };

/** A word stands in a line; the key is the word. */
export type WordSeen = {
  /** The line's id. */
  readonly line: string;
};

export type Language = "DE" | "FR";

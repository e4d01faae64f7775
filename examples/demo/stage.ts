import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";
import { isEventQLError, messageOf } from "../../src/errors.ts";
import { layOut } from "./lay-out.ts";

/** ms that a person has to read a step. */
const READING_MS = 3_000;

type Style = Parameters<typeof styleText>[0];

/** Where the story is told: headings, what is run, and what it answers. In colour on a terminal alone. */
export class Stage {
  readonly #stdout: NodeJS.WritableStream;
  readonly #isSlow: boolean;
  readonly #signal: AbortSignal;
  #steps = 0;

  /** `isSlow`: it pauses between steps, for a person to read. */
  constructor(stdout: NodeJS.WritableStream, isSlow: boolean, signal: AbortSignal) {
    this.#stdout = stdout;
    this.#isSlow = isSlow;
    this.#signal = signal;
  }

  /** Begins a step. */
  async heading(title: string, explanation: string): Promise<void> {
    if (this.#isSlow && this.#steps > 0) await delay(READING_MS, undefined, { signal: this.#signal });
    this.#steps += 1;
    this.#write(`\n${this.#style(["bold", "cyan"], `${this.#steps}. ${title}`)}\n`);
    this.#write(`${this.#style("dim", explanation)}\n\n`);
  }

  /** What is typed into a shell. */
  command(line: string): void {
    this.#write(`${this.#style("green", "$")} ${this.#style("bold", line)}\n`);
  }

  /** What is sent to `/graphql`. */
  graphql(document: string): void {
    const [first = "", ...others] = document.trim().split("\n");
    this.#write(`${this.#style("magenta", ">")} ${this.#style("bold", first)}\n`);
    for (const line of others) this.#write(`  ${this.#style("bold", line)}\n`);
  }

  /** A program's output, as it is. */
  output(text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#write(`  ${line}\n`);
  }

  /** What GraphQL has answered. */
  answer(data: unknown): void {
    this.output(layOut(data));
  }

  /** What a subscription has told. */
  event(data: unknown): void {
    for (const line of layOut(data).split("\n")) this.#write(`${this.#style("yellow", "~")} ${line}\n`);
  }

  /** A remark on what was seen. */
  note(text: string): void {
    this.#write(`${this.#style("dim", text)}\n`);
  }

  /** The last line. */
  end(text: string): void {
    this.#write(`\n${this.#style(["bold", "green"], text)}\n`);
  }

  /** Why the story ends early. */
  failed(error: unknown): void {
    const text = isEventQLError(error) || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
    process.stderr.write(`\n${styleText(["bold", "red"], "The demo failed:", { stream: process.stderr })} ${text}\n`);
  }

  #style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stdout });
  }

  #write(text: string): void {
    this.#stdout.write(text);
  }
}

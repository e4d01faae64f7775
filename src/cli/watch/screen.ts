import { Writable } from "node:stream";
import type { Output } from "../terminal.ts";

/** A terminal as libraries that draw on it take it. */
export class Screen extends Writable {
  readonly isTTY = true;
  readonly #output: Output;

  constructor(output: Output) {
    super({ decodeStrings: false });
    this.#output = output;
  }

  /** Its width in characters; a terminal that doesn't know gives 0. */
  get columns(): number {
    return this.#output.columns === undefined || this.#output.columns < 1 ? 80 : this.#output.columns;
  }

  /** Its height in lines. */
  get rows(): number {
    return this.#output.rows === undefined || this.#output.rows < 1 ? 24 : this.#output.rows;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#output.write(String(chunk));
    done();
  }
}

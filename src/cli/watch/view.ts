import type { Change } from "./change.ts";

/** Shows what happens to watched documents. */
export interface View {
  show(change: Change): void;
  /** The connection is lost, and tried again. */
  lost(): void;
  /** What came meanwhile is no longer known: it begins anew with the documents that there are. */
  restart(): void;
  /** A part of what was asked for can't be told. */
  warn(message: string): void;
  /** Nothing more comes; the last state stays on the screen. */
  end(): void;
}

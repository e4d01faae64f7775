/** What made an event's transaction invalid. */
export interface EventInvalidation {
  readonly reason: string;
  readonly at: Date;
  /** Of the record that did, in the event's partition: the version of the documents that it changed. */
  readonly offset: number;
}

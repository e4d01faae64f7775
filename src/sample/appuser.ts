import type { Payload } from "../model/value.ts";

/** The example domain's topic. */
export const SAMPLE_TOPIC = "appuser";

/** An example event; without a payload it is a tombstone. */
export interface SampleEvent {
  readonly id: string;
  /** The record's full name; undefined for a tombstone. */
  readonly eventType?: string;
  readonly payload?: Payload;
}

const ADA = "0190a0de-0000-7000-8000-000000000001";
const GRACE = "0190a0de-0000-7000-8000-000000000002";
const ALAN = "0190a0de-0000-7000-8000-000000000003";
const GONE = "0190a0de-0000-7000-8000-000000000004";

/** The keys of the three users that are there when all events have been applied. */
export const SAMPLE_USERS: readonly [string, string, string] = [ADA, GRACE, ALAN];

function named(id: string, first: string, last: string): SampleEvent {
  return { id, eventType: "app.user.UserChanged", payload: { first_name: first, last_name: last } };
}

function emailed(id: string, email: string): SampleEvent {
  return { id, eventType: "app.user.UserEmailChanged", payload: { email } };
}

/** Three users, with a name that changes, an address that changes and a deactivation; and one who was deleted. */
export const sampleEvents: readonly SampleEvent[] = [
  named(ADA, "Ada", "Byron"),
  named(GRACE, "Grace", "Hopper"),
  named(ALAN, "Alan", "Turing"),
  emailed(ADA, "ada@example.com"),
  named(ADA, "Ada", "Lovelace"),
  emailed(GRACE, "grace@example.com"),
  emailed(GRACE, "hopper@example.com"),
  {
    id: ALAN,
    eventType: "app.user.UserDeactivated",
    payload: { deactivated_at: new Date("2026-01-01T12:00:00Z"), reason: "Left the company" },
  },
  named(GONE, "Nobody", "Anymore"),
  { id: GONE },
];

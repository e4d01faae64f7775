import { roundTrips } from "./round-trip.ts";
import { openEmbedded } from "./stacks/embedded.ts";

roundTrips("embedded", openEmbedded, { schemas: 15, values: 5 });

import { openCounted, people } from "./people.ts";
import { relationSuite } from "./relation-suite.ts";

relationSuite(() => openCounted(people));

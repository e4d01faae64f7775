import type { TestProject } from "vitest/node";
import { EventQLError, isEventQLError } from "../../src/errors.ts";
import { startOwnServers } from "./real-stack-servers.ts";
import type { RealStack } from "./real-stack.ts";

/** What `EVENTQL_TEST_STACK` says: fail without the real servers, don't start any, or start them if that's possible. */
type Mode = "required" | "off" | "auto";

const report = (line: string): boolean => process.stderr.write(`real servers: ${line}\n`);

/**
 * Gives the suites their real servers: the ones that the environment names, else its own. It runs once, however often
 * the tests run again in watch mode; the returned function runs at the end.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const mode = modeOf(process.env["EVENTQL_TEST_STACK"]);
  const given = givenStack(process.env);
  if (given !== undefined) {
    project.provide("realStack", given);
    return undefined;
  }
  if (mode === "off") {
    project.provide("realStack", { unavailable: "EVENTQL_TEST_STACK is off" });
    return undefined;
  }
  try {
    const { stack, stop } = await startOwnServers(report);
    project.provide("realStack", stack);
    return stop;
  } catch (error) {
    if (mode === "required" || !isEventQLError(error, "STACK_UNAVAILABLE")) throw error;
    report(error.message);
    project.provide("realStack", { unavailable: error.message.replaceAll(/\s*\n\s*/g, " ") });
    return undefined;
  }
}

function modeOf(text: string | undefined): Mode {
  if (text === undefined || text === "") return "auto";
  if (text === "required" || text === "off" || text === "auto") return text;
  throw new EventQLError("CONFIG_INVALID", `EVENTQL_TEST_STACK is "${text}"; it may be required, off or auto`);
}

/** The servers of the environment: all three or none. */
function givenStack(env: NodeJS.ProcessEnv): RealStack | undefined {
  const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl, MONGODB_URL: mongoUrl } = env;
  if (brokers !== undefined && registryUrl !== undefined && mongoUrl !== undefined)
    return { brokers, registryUrl, mongoUrl };
  if (brokers === undefined && registryUrl === undefined && mongoUrl === undefined) return undefined;
  throw new EventQLError(
    "CONFIG_INVALID",
    "KAFKA_BROKERS, SCHEMA_REGISTRY_URL and MONGODB_URL go together: set all three to test on these servers, or none",
  );
}

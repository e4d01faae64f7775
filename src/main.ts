#!/usr/bin/env -S node --disable-warning=TimeoutNegativeWarning
import { endWhenClosed } from "./cli/closed-output.ts";
import { runCli } from "./cli/run.ts";

const { stdin, stdout, stderr, env } = process;

endWhenClosed(stdout, stderr);
process.exitCode = await runCli(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd() });

// What is left open by now keeps nothing waiting for it.
setTimeout(() => process.exit(), 1_000).unref();

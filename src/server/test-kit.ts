/** Runs a service in this process on a scratch socket, for its test. Public (public-module.ts). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createDictionary } from "../config/dictionary.ts";
import { parseMainCf } from "../config/main-cf.ts";
import { describeProblem } from "../config/problem.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { readParameters } from "./parameters.ts";
import type { TestedService, TestLogEntry, TestOptions } from "./public-module.ts";
import { findShapeFaults } from "./service-shape.ts";
import type { Context, ParameterSpecs, ParameterValues, Service, ServiceLog } from "./service.ts";
import { connectTestClient, within } from "./test-client.ts";
import { TestClock } from "./test-clock.ts";
import { listenForTest } from "./test-listener.ts";

const NO_MAIN_CF = parseMainCf("", "/test/main.cf").value;

export async function testService<P extends ParameterSpecs>(
  definition: Service<P>,
  options: TestOptions = {},
): Promise<TestedService> {
  const fault = findShapeFaults(definition)[0];
  if (fault !== undefined) throw new Error(`${fault.path.join(".")}: ${fault.message}`);
  const clock = new TestClock();
  const log = new TestLog();
  const state = { draining: false };
  const context: Context<P> = {
    name: options.name ?? "test",
    words: options.words ?? [],
    parameters: parametersOf(definition, options.mainCf ?? {}),
    log: log.writer,
    clock,
    limits: { maxUse: 100, maxIdleSeconds: 100 },
    drain() {
      if (state.draining) return;
      state.draining = true;
      listener.stop();
    },
  };
  const folder = await mkdtemp(join(tmpdir(), "pfmaster-test-"));
  const path = join(folder, "socket");
  await definition.beforeJail?.(context);
  await definition.afterJail?.(context);
  const listener = listenForTest(path, definition, context, options);
  return {
    connect: () => connectTestClient(path),
    clock,
    log: log.entries,
    logged: (text) => log.wait(text),
    get draining() {
      return state.draining;
    },
    async [Symbol.asyncDispose]() {
      listener.stop();
      definition.onExit?.(context);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function parametersOf<P extends ParameterSpecs>(
  { parameters }: Service<P>,
  mainCf: Readonly<Record<string, string>>,
): ParameterValues<P> {
  const given = Object.entries(mainCf).map(
    ([name, value]) => [name, encodeByteString(value)] as const,
  );
  const dictionary = createDictionary(NO_MAIN_CF, new Map(given));
  const { value, problems } = readParameters(parameters, dictionary);
  if (value !== null) return value;
  throw new Error(problems.map((one) => decodeByteString(describeProblem(one))).join("\n"));
}

class TestLog {
  readonly entries: TestLogEntry[] = [];
  #waiting: { text: string | RegExp; found: (entry: TestLogEntry) => void }[] = [];
  readonly writer: ServiceLog = {
    info: (text) => this.#add({ severity: "info", text }),
    warn: (text) => this.#add({ severity: "warning", text }),
    error: (text) => this.#add({ severity: "error", text }),
    verbose: (_level, text) => this.#add({ severity: "verbose", text }),
  };

  wait(text: string | RegExp): Promise<TestLogEntry> {
    const known = this.entries.find((entry) => fits(entry, text));
    if (known !== undefined) return Promise.resolve(known);
    const { promise, resolve } = Promise.withResolvers<TestLogEntry>();
    this.#waiting.push({ text, found: resolve });
    return within(`the log record ${String(text)}`, promise);
  }

  #add(entry: TestLogEntry): void {
    this.entries.push(entry);
    const done = this.#waiting.filter(({ text }) => fits(entry, text));
    this.#waiting = this.#waiting.filter((one) => !done.includes(one));
    for (const { found } of done) found(entry);
  }
}

function fits({ text }: TestLogEntry, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
}

/**
 * Service files from a generator, given to the installed Postfix master and to our parser: what it
 * refuses we refuse, and what it accepts becomes the same services with the same child arguments.
 */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { assignAddresses, hostNamesToResolve } from "../../src/config/addresses.ts";
import { childArguments } from "../../src/config/child-arguments.ts";
import type { Family } from "../../src/config/host.ts";
import { parseMasterCf } from "../../src/config/master-cf.ts";
import { hasErrors, type Problem } from "../../src/config/problem.ts";
import type { ServicePlan } from "../../src/config/service-entry.ts";
import type { Settings } from "../../src/config/settings.ts";
import { portByName } from "../../src/os/account.ts";
import { interfaceAddresses, ResolveError, resolveHost } from "../../src/os/resolve.ts";
import { POSTFIX_MASTER } from "../support/masters.ts";
import { Sandbox } from "../support/sandbox.ts";
import { generateCase, type GeneratedCase, seededRandom } from "./service-file-generator.ts";
import { host, settings, short } from "./service-samples.ts";

const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 20);
const CASES = Number(process.env["DIFFERENTIAL_CASES"] ?? 200);
const AT_ONCE = 16;
const TIMEOUT_MILLISECONDS = 120_000;

type Verdict = Readonly<{ accepted: boolean; why: string; services: readonly string[] }>;
type Comparison = Readonly<{ given: GeneratedCase; original: Verdict; ours: Verdict }>;

test.skipIf(cannotRun())(
  `agrees with the installed master about ${CASES} generated service files (seed ${SEED})`,
  async () => {
    const random = seededRandom(SEED);
    const cases = Array.from({ length: CASES }, () => generateCase(random));
    const comparisons: Comparison[] = [];
    const next = cases.values();
    await Promise.all(Array.from({ length: AT_ONCE }, () => compareMany(next, comparisons)));

    expect(comparisons).toHaveLength(CASES);
    expect(comparisons.filter(differs).map(describeComparison)).toEqual([]);
    const accepted = comparisons.filter(({ original }) => original.accepted).length;
    expect(accepted).toBeGreaterThan(CASES / 5); // the sample must have enough of both kinds
    expect(accepted).toBeLessThan((CASES * 4) / 5);
  },
  TIMEOUT_MILLISECONDS,
);

function cannotRun(): boolean {
  const missing = [
    ...(process.getuid?.() === 0 ? [] : ["the superuser"]),
    ...(existsSync(POSTFIX_MASTER.path) ? [] : [POSTFIX_MASTER.path]),
    ...(Bun.which("gcc") === null ? ["gcc"] : []),
  ];
  if (missing.length === 0) return false;
  console.error(`NOT RUN: comparison with the installed master: needs ${missing.join(", ")}`);
  return true;
}

/** One sandbox takes one file after another: making a sandbox costs more than a run. */
async function compareMany(
  cases: Iterator<GeneratedCase>,
  comparisons: Comparison[],
): Promise<void> {
  await using sandbox = await Sandbox.create(POSTFIX_MASTER);
  const environment = await sandbox.collectEarlyLog();
  for (let { value, done } = cases.next(); !done; { value, done } = cases.next()) {
    const given = value as GeneratedCase;
    const original = await askOriginal(sandbox, environment, given);
    comparisons.push({ given, original, ours: await askOurs(given) });
  }
}

async function askOriginal(
  sandbox: Sandbox,
  environment: Record<string, string>,
  given: GeneratedCase,
): Promise<Verdict> {
  sandbox.writeSettings({
    compatibility_level: given.compatibilityLevel,
    master_service_disable: given.disable,
    inet_protocols: given.protocols === "" ? "$empty" : given.protocols,
    inet_interfaces: given.interfaces === "" ? "$empty" : given.interfaces,
    mynetworks: "127.0.0.0/8",
    maillog_file: "",
  });
  sandbox.writeConfiguration("master.cf", "");
  writeFileSync(sandbox.path("etc/master.cf"), given.masterCf, "latin1");
  writeFileSync(sandbox.path("log"), "");
  for (const lock of ["queue/pid/master.pid", "data/master.lock"]) {
    rmSync(sandbox.path(lock), { force: true }); // a child of the run before may still hold it
  }
  const run = await sandbox.run({ options: ["-d", "-v", "-e", "1"], environment });
  const { status } = await run.exit();
  const log = readFileSync(sandbox.path("log"), "latin1")
    .split("\n")
    .filter((line) => line.includes("/master["))
    .map((line) => line.replace(/^.*?\]: /, ""));
  const fatal = log.findLast((line) => line.startsWith("fatal: "));
  if (fatal === undefined && status !== 0) throw new Error(`status ${status}\n${log.join("\n")}`);
  return { accepted: fatal === undefined, why: fatal ?? "", services: listedServices(log) };
}

/** The last listing of each service: a duplicate is listed twice (SVC-50, SVC-64). */
function listedServices(log: readonly string[]): string[] {
  const services = new Map<string, string>();
  for (const block of log.join("\n").split("====start service entry\n").slice(1)) {
    const field = (name: string): string =>
      new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
    const words = [...block.matchAll(/^arg\[\d+\]: (.*)$/gm)].map(([, word]) => word);
    const identity = `${field("name")} ${field("type")}`;
    const numbers = `${field("listen_fd_count")} ${field("wakeup")} ${field("max_proc")}`;
    const conditional = (Number(field("flags")) & 4) !== 0 ? "?" : "";
    services.set(identity, `${identity} ${numbers}${conditional} ${JSON.stringify(words)}`);
  }
  return [...services.values()];
}

async function askOurs(given: GeneratedCase): Promise<Verdict> {
  const chosen: Settings = {
    ...settings,
    compatibilityLevel:
      given.compatibilityLevel === "3.6" ? [3, 6, 0] : [Number(given.compatibilityLevel), 0, 0],
    masterServiceDisable: given.disable,
    families: familiesOf(given.protocols),
    inetInterfaces: given.interfaces,
    knownTcpPorts: new Map([["smtp", 25]]),
  };
  const { value, problems: syntax } = parseMasterCf(given.masterCf, "master.cf", chosen, {
    ...host,
    portByName,
  });
  const lookups = new Map<string, readonly string[]>();
  for (const name of hostNamesToResolve(value, chosen)) lookups.set(name, await addressesOf(name));
  const plans = assignAddresses(value, chosen, lookups, interfaceAddresses());
  const problems: Problem[] = [...syntax, ...plans.problems];
  return {
    accepted: !hasErrors(problems),
    why: problems.map(short).join("\n"),
    services: plans.value.map(listedAs),
  };
}

function listedAs({ entry, endpoints, localOnly }: ServicePlan): string {
  const circumstances = { listenerCount: endpoints.length, localOnly };
  const words = childArguments(entry, {
    ...circumstances,
    debug: true,
    verbose: true,
    stress: false,
  });
  const numbers = `${endpoints.length} ${entry.wakeupSeconds} ${entry.processLimit}`;
  const text = `${entry.identity} ${numbers}${entry.wakeupConditional ? "?" : ""} ${JSON.stringify(words)}`;
  return text.replaceAll(/\v|\\u000b/g, "?"); // the log shows what cannot be printed so (MCF-01)
}

function familiesOf(protocols: string): readonly Family[] {
  if (protocols === "") return [];
  return protocols === "all" ? ["ipv4", "ipv6"] : [protocols as Family];
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return await resolveHost(name);
  } catch (error) {
    if (error instanceof ResolveError) return [];
    throw error;
  }
}

function differs({ original, ours }: Comparison): boolean {
  if (original.accepted !== ours.accepted) return true;
  return original.accepted && !Bun.deepEquals(original.services, ours.services);
}

function describeComparison({ given, original, ours }: Comparison): unknown {
  return { given, original, ours };
}

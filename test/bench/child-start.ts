/** What a child of ours costs beside Postfix's anvil: from exec to its first client, and in memory. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { closeFd, makePipe, socketPair } from "../../src/os/descriptor.ts";
import { listenUnix } from "../../src/os/listener.ts";
import { masterUnderTest } from "../e2e/prerequisites.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Benchmark, BothMasters, POSTFIX_ANVIL } from "./benchmark.ts";
import { figuresOf, interleaved, median, type Side } from "./report.ts";

const CHILDREN = 10;

const SERVICES = [
  "postfix-anvil unix n - n - 1 postfix-anvil",
  `pfmaster-echo unix n - n - ${CHILDREN} pfmaster echo`,
];

/** The tenth child of a service; Postfix's anvil has but one. */
export const childMemory: Benchmark = {
  name: "child-memory",
  run: async (scale, programs) => {
    const settings = { client_limit: "1" }; // the next client needs another process
    await using masters = await BothMasters.start({
      programs,
      services: SERVICES,
      pfmasterSettings: settings,
    });
    const master = masters.pid("pfmaster");
    const next = async (service: string) => {
      const before = childrenOf(master);
      const path = masters.sandbox("pfmaster").path("queue/public", service);
      const client = await heard(path, service);
      const pid = await waitFor(`a child for ${service}`, () =>
        childrenOf(master).find((child) => !before.includes(child)),
      );
      return { client, pid };
    };
    const theirs = await next("postfix-anvil");
    const ours = [];
    for (let count = 0; count < CHILDREN; count++) ours.push(await next("pfmaster-echo"));
    await Bun.sleep(scale.settleSeconds * 1000);
    const figures = {
      postfix: [privateDirty(theirs.pid)],
      pfmaster: [privateDirty(ours.at(-1)?.pid ?? 0)],
    };
    for (const { client } of [theirs, ...ours]) client.terminate();
    return [
      {
        name: "private dirty: tenth echo (postfix: its anvil)",
        unit: "KiB",
        better: "lower",
        figures,
      },
    ];
  },
};

/** A client waits in the backlog already: how long until the new process has answered it. */
export const childStart: Benchmark = {
  name: "child-start",
  run: async (scale, programs) => {
    await using masters = await BothMasters.start({ programs, services: [] });
    const directory = masters.sandbox("pfmaster").directory;
    const measure = async (side: Side) => {
      const times: number[] = [];
      for (let count = 0; count < scale.childStarts; count++) {
        times.push(await startTime(side, directory));
      }
      return median(times);
    };
    await interleaved(1, measure); // files are in memory from here on
    const results = await interleaved(scale.rounds, measure);
    const figures = figuresOf(results, (milliseconds) => milliseconds);
    const name = "exec to first reply: echo (postfix: its anvil)";
    return [{ name, unit: "ms", better: "lower", figures }];
  },
};

async function startTime(side: Side, directory: string): Promise<number> {
  const path = join(directory, "start");
  const listener = listenUnix({ path, backlog: 5 });
  const [master, status] = socketPair("seqpacket");
  const [flowRead, flowWrite] = makePipe({ nonBlocking: true });
  const { promise, resolve } = Promise.withResolvers<number>();
  const client = await Bun.connect({
    unix: path,
    socket: { data: () => resolve(performance.now()) },
  });
  client.write("hello\n");
  const [program, argv0, ...words] =
    side === "postfix"
      ? [POSTFIX_ANVIL, "anvil", "-l", "-t", "unix", "-u"]
      : [masterUnderTest(), "echo", "-t", "unix", "-u"];
  const began = performance.now();
  const child = Bun.spawn([program ?? "", ...words], {
    argv0: argv0 ?? "",
    env: { MAIL_CONFIG: join(directory, "etc"), GENERATION: "1" },
    stdio: ["ignore", "ignore", "ignore", flowRead, flowWrite, status, listener],
  });
  const milliseconds = (await promise) - began;
  child.kill("SIGKILL");
  await child.exited;
  client.terminate();
  for (const fd of [listener, master, status, flowRead, flowWrite]) closeFd(fd);
  return milliseconds;
}

/** Connected and answered: echo sends back what it got, anvil has greeted. */
async function heard(path: string, service: string): Promise<Bun.Socket> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = await Bun.connect({ unix: path, socket: { data: () => resolve() } });
  if (service === "pfmaster-echo") client.write("hello\n");
  await promise;
  return client;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .flatMap((text) => (text === "" ? [] : [Number(text)]));
}

function privateDirty(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Private_Dirty:\s*(\d+) kB$/m.exec(rollup)?.[1] ?? Number.NaN);
}

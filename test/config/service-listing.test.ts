import { expect, test } from "bun:test";

import { listService } from "../../src/config/service-listing.ts";
import { assign } from "./service-samples.ts";

const asleep = {
  childArguments: ["run", "-u"],
  throttleSeconds: 60,
  total: 0,
  idle: 0,
  throttled: false,
  leaving: false,
  listening: false,
  statusFds: [-1, -1],
} as const;

test("lists a service in every detail for a verbose master (SVC-64)", () => {
  const [plan] = assign("127.0.0.1:25 inet n - n 60? 5 run").value;
  if (plan === undefined) throw new Error("no plan");
  expect(listService(plan, asleep)).toEqual([
    "====start service entry",
    "flags: 28",
    "name: [127.0.0.1]:25",
    "type: inet",
    "listen_fd_count: 1",
    "wakeup: 60",
    "max_proc: 5",
    "path: /usr/lib/mail/run",
    "arg[0]: run",
    "arg[1]: -u",
    "avail_proc: 0",
    "total_proc: 0",
    "throttle_delay: 60",
    "status_fd -1 -1",
    "endpoints: [127.0.0.1]:25",
    "====end service entry",
  ]);
});

test.each([
  ["a pass - - n - - run", {}, 0],
  ["a unix - - n - - run", {}, 16],
  ["25 inet n - n - - run", {}, 0],
  ["25 inet n - n - - run", { throttled: true }, 1],
  ["25 inet n - n - - run", { leaving: true }, 2],
  ["25 inet n - n 5? - run", {}, 4],
  ["192.0.2.2:25 inet n - n - - run", {}, 8],
  ["25 inet n - n - - run", { listening: true }, 32],
])("lists %j %j with flags %d (SVC-64)", (line, changes, flags) => {
  const [plan] = assign(line).value;
  if (plan === undefined) throw new Error("no plan");
  expect(listService(plan, { ...asleep, ...changes })[1]).toBe(`flags: ${flags}`);
});

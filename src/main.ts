/** Chooses the role of this process, once, and loads no other (design.md, chapter 1). */
import { basename } from "node:path";

import { isVerb } from "./cli/verbs.ts";
import { asksForChild } from "./protocol/child-role.ts";
import { isBuiltInService, loadBuiltInService } from "./services/registry.ts";

// The runtime's own argv[0] is always "bun"; after it comes the name of the bundle.
const argv0 = process.argv0;
const words = process.argv.slice(2);

if (isBuiltInService(basename(argv0)) || asksForChild(words)) {
  const { runServer } = await import("./server/run-server.ts");
  await runServer(argv0, words, { has: isBuiltInService, load: loadBuiltInService });
} else if (isVerb(words[0])) {
  const { runCli } = await import("./cli/root.ts");
  await runCli(words);
} else {
  const { runMaster } = await import("./master/run-master.ts");
  await runMaster(argv0, words);
}

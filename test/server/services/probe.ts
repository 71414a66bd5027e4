/** A service that does what its client says, one command a line; other files here vary what it declares. */
import { appendFileSync } from "node:fs";

import { type Context, defineService, type Session } from "pfmaster";

export const probe = {
  parameters: { probe_text: { type: "string", default: "$myhostname" } },
  beforeJail: (context: Context) => journal(context, "beforeJail"),
  afterJail: (context: Context) => journal(context, "afterJail"),
  beforeAccept: (context: Context) => journal(context, "beforeAccept"),
  onExit: (context: Context) => journal(context, "onExit"),
  async session(session: Session, context: Context): Promise<void> {
    for (let line = await session.readLine(); line !== null; line = await session.readLine()) {
      if (line === "quit") return;
      await session.writeLine(await obey(line, session, context));
    }
  },
} as const;

export default defineService(probe);

async function obey(line: string, session: Session, context: Context): Promise<string> {
  const [command = "", argument = ""] = line.split(" ");
  const began = Date.now();
  switch (command) {
    case "pid":
      return `${process.pid}`;
    case "await":
      await Bun.sleep(Number(argument));
      return `${process.pid} ${began} ${Date.now()}`;
    case "compute":
      while (Date.now() < began + Number(argument));
      return `${process.pid} ${began} ${Date.now()}`;
    case "throw":
      throw new Error(argument);
    case "reject":
      void Promise.reject(new Error(argument));
      return "";
    case "drain":
      context.drain();
      return "draining";
    case "parameter":
      return String(context.parameters["probe_text"]);
    case "limits":
      return JSON.stringify(context.limits);
    case "words":
      return JSON.stringify([context.name, ...context.words]);
    case "remote":
      return JSON.stringify(session.remote);
    case "flood":
      for (;;) await session.write("x".repeat(65536));
    case "memory":
      return `${process.memoryUsage.rss()}`;
    default:
      return line;
  }
}

/** Where the first word says, which must be a file that is reachable from both sides of the jail. */
function journal({ words }: Context, event: string): void {
  const [file] = words;
  if (file?.startsWith("journal="))
    appendFileSync(file.slice(8), `${event} ${process.getuid?.()}\n`);
}

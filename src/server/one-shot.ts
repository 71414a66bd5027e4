/** One-shot mode (-S): the client is on standard input and output (MUL-60 to MUL-62). */
import { read, writeSync } from "node:fs";

import type { Settings } from "../config/settings.ts";
import { takesOutput, waitForInput } from "../os/poll.ts";
import { throwSystemError } from "../os/system-error.ts";
import { describeException } from "./exception.ts";
import { exitNormally } from "./exit-normally.ts";
import { startSession } from "./run-session.ts";
import type { Connection, Context, HandlerService, Service, SessionService } from "./service.ts";

const CHUNK_BYTES = 65536;

type OneShot<S> = Readonly<{ service: S; context: Context; settings: Settings }>;

/** Ends the process with status 0, with the exit hook (MUL-61). */
export async function serveOnce({ service, context, settings }: OneShot<Service>): Promise<void> {
  if ("session" in service) await runSession({ service, context, settings });
  else await runHandler(service, context);
  exitNormally(service, context);
}

/** One request: what is there when it has been answered is still handled, more is not waited for. */
async function runHandler(service: HandlerService, context: Context): Promise<void> {
  let answered = false;
  const connection: Connection = {
    remote: null,
    state: undefined,
    write(data) {
      answered = true;
      writeAll(data);
    },
    end() {
      answered = true;
    },
  };
  for (let bytes = await readSome(); bytes.length > 0; bytes = await readSome()) {
    try {
      service.onData(connection, bytes, context);
    } catch (error) {
      context.log.error(`disconnected the client: ${describeException(error)}`);
      return;
    }
    if (answered && waitForInput(0, 0) === "timeout") return;
  }
}

function runSession({ service, context, settings }: OneShot<SessionService>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let paused = Promise.withResolvers<void>();
  paused.resolve();
  const session = startSession({
    service,
    context,
    attributes: null,
    // MUL-60: no time limit, and nobody but the client to be held up
    limits: {
      timeoutSeconds: Number.POSITIVE_INFINITY,
      requestSizeLimit: settings.requestSizeLimitBytes,
    },
    peer: {
      remote: null,
      write(bytes) {
        writeAll(bytes);
        return true;
      },
      pause: () => {
        paused = Promise.withResolvers<void>();
      },
      resume: () => paused.resolve(),
      finish: resolve,
      abort: resolve,
    },
  });
  void feed();
  return promise;

  async function feed(): Promise<void> {
    for (;;) {
      await paused.promise;
      const bytes = await readSome();
      if (bytes.length === 0) return session.ended();
      session.received(bytes);
    }
  }
}

/** Empty at the end. Waits in a thread, so that timers go on. */
function readSome(): Promise<Uint8Array> {
  const room = Buffer.alloc(CHUNK_BYTES);
  return new Promise((resolve, reject) => {
    read(0, room, 0, room.length, null, (error, length) => {
      if (error === null) resolve(room.subarray(0, length));
      else if (error.code === "EAGAIN") setTimeout(() => resolve(readSome()), 10);
      else reject(error);
    });
  });
}

/** Waits where standard output is full, as the original does: there is nobody else to serve. */
function writeAll(data: Uint8Array | string): void {
  let rest = typeof data === "string" ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull) throwSystemError(error, "standard output");
      takesOutput(1);
    }
  }
}

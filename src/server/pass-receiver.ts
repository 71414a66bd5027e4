/**
 * The pass transport (MUL-81 to MUL-85): another process accepts clients and hands them over, each
 * with an attribute list. Nothing here waits, so nobody can hold up the others (MUL-84).
 */
import { fstatSync } from "node:fs";

import type { Logger } from "../log/logger.ts";
import { acceptConnection } from "../os/accept.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { startTimer } from "../os/clock.ts";
import { closeFd, occupyWithInput } from "../os/descriptor.ts";
import { Readiness } from "../os/readiness.ts";
import { SystemError } from "../os/system-error.ts";
import { type Acceptor, clientSocketHandler } from "./acceptor.ts";
import type { ClientSocket } from "./client-socket.ts";
import { Handover } from "./handover.ts";
import { meetPipe } from "./passed-pipe.ts";
import type { PassAttributes } from "./service.ts";

type Admit = (socket: ClientSocket, attributes: PassAttributes | null) => void;

const PAUSE_AFTER_ERROR_SECONDS = 1;

export class PassReceiver {
  readonly #readiness: Readiness;
  readonly #log: Logger;
  readonly #oneAtATime: boolean;

  /** Its thread must begin before the jail. */
  constructor(options: { watchdogSeconds: number; oneAtATime: boolean; log: Logger }) {
    this.#readiness = new Readiness({ watchdogSeconds: options.watchdogSeconds });
    this.#oneAtATime = options.oneAtATime;
    this.#log = options.log;
  }

  acceptor(listenerFd: number, admit: Admit): Acceptor {
    let accepting = false;
    let underWay = 0;
    const watch = (): void => {
      const mayAccept = accepting && (underWay === 0 || !this.#oneAtATime);
      if (mayAccept) this.#readiness.watch(listenerFd, acceptOne);
    };
    const acceptOne = (): void => {
      try {
        const fd = acceptConnection(listenerFd); // one for each event (MUL-75)
        if (fd !== null) {
          underWay++;
          this.#meetScreener(fd, admit, () => {
            underWay--;
            watch();
          });
        }
        watch();
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.#log.error(`cannot accept a connection: ${error.reason}`);
        startTimer(PAUSE_AFTER_ERROR_SECONDS, watch);
      }
    };
    const stop = (): void => {
      accepting = false;
      this.#readiness.unwatch(listenerFd);
    };
    return {
      start: () => {
        accepting = true;
        watch();
      },
      stop,
      close: () => {
        stop();
        occupyWithInput(listenerFd);
      },
    };
  }

  #meetScreener(fd: number, admit: Admit, onOver: () => void): void {
    new Handover(fd, this.#readiness, {
      received: (passedFd, attributes) => {
        this.#admitPassed(passedFd, attributes, admit);
        onOver();
      },
      failed: (reason) => {
        this.#log.warn(`no client was handed over: ${reason}`);
        onOver();
      },
    });
  }

  #admitPassed(fd: number, attributes: ReadonlyMap<string, string>, admit: Admit): void {
    if (fstatSync(fd).isFIFO()) {
      meetPipe(fd, (socket) => admit(socket, null));
      return;
    }
    const known = new Map([...attributes].map(([name, value]) => [name, decodeByteString(value)]));
    const handler = clientSocketHandler((socket) => admit(socket, known.size > 0 ? known : null));
    const options = { fd, allowHalfOpen: true, socket: handler };
    // `Bun.connect` takes `fd` (design D6); only its published types do not say so.
    Bun.connect(options as unknown as Bun.UnixSocketOptions<never>).catch((error: unknown) => {
      closeFd(fd);
      this.#log.warn(`cannot use the client that was handed over: ${String(error)}`);
    });
  }
}

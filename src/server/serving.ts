/**
 * Serving, from the first accept to leaving (MUL-63 to MUL-110): joins clients, master and limits.
 * Knows nothing of descriptors.
 */
import type { Settings } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import type { Acceptor } from "./acceptor.ts";
import type { ClientSocket } from "./client-socket.ts";
import { Client, PauseReason } from "./client.ts";
import { converse, nameOf } from "./converse.ts";
import { Lifetime } from "./lifetime.ts";
import type { Context, PassAttributes, Service, Timer } from "./service.ts";
import { StatusReporter } from "./status-reporter.ts";

type Options = Readonly<{
  service: Service;
  context: Context;
  settings: Settings;
  log: Logger;
  /** Probe idle connections: they come from a network. */
  keepAlive: boolean;
  /** Clients have no address. */
  isLocal: boolean;
  isOnlyProcess: boolean;
  /** The master knows what a retiring process is (design D17), as ours does. */
  understandsRetiring: boolean;
  /** The master gives the place of a retiring process to another. */
  mayFreeSlot: boolean;
  report(status: number): boolean;
  /** Whether this process may be the one that retires for its age now. */
  takeTurn(): boolean;
  takeFlowToken(): boolean;
  /** Ends the process. */
  leave(reason: string): void;
}>;

export class Serving {
  readonly #options: Options;
  readonly #lifetime: Lifetime;
  readonly #status: StatusReporter;
  readonly #acceptors: Acceptor[] = [];
  readonly #limits: Readonly<{ timeoutSeconds: number; requestSizeLimit: number }>;
  #accepting = false;
  /** The client of a blocking service whose work is not done. */
  #atWorkFor: Client | null = null;
  #retiring = false;
  #waitTimer: Timer | null = null;

  constructor(options: Options) {
    const { context, settings, service, isOnlyProcess, mayFreeSlot, report, takeTurn } = options;
    this.#options = options;
    this.#limits = {
      timeoutSeconds: settings.ipcTimeoutSeconds,
      requestSizeLimit: settings.requestSizeLimitBytes,
    };
    this.#status = new StatusReporter({
      report,
      isOnlyProcess,
      mayFreeSlot,
      onMasterGone: () => this.masterGone(),
      onPassEnd: service.beforeWait === undefined ? null : () => this.#beforeWait(),
    });
    this.#lifetime = new Lifetime({
      limits: context.limits,
      minAgeSeconds: settings.retireMinAgeSeconds,
      clock: context.clock,
      leave: (reason) => this.#leave(reason),
      retire: (reason) => {
        if (!takeTurn()) return false;
        this.retire(reason);
        return true;
      },
    });
    if (service.beforeWait !== undefined) this.#beforeWait();
  }

  /** Accept from these, from now on. */
  begin(acceptors: readonly Acceptor[]): void {
    this.#acceptors.push(...acceptors);
    this.#acceptWhenDue();
  }

  /** A new connection. */
  admit(socket: ClientSocket, attributes: PassAttributes | null): void {
    const { service, context, settings, log, keepAlive, isLocal } = this.#options;
    this.#lifetime.clientArrived(); // first: whoever drains now still finishes this one
    this.#hook(() => service.beforeAccept?.(context));
    if (keepAlive) socket.setKeepAlive(true);
    const { timeoutSeconds } = this.#limits;
    const client: Client = new Client(socket, {
      clock: context.clock,
      isLocal,
      timeoutSeconds,
      onTimeout: () => log.warn(`${nameOf(client)} took no data for ${timeoutSeconds} s`),
      onOver: () => this.#clientLeft(),
    });
    if (service.blocking === true) this.#atWorkFor = client;
    this.#acceptWhenDue();
    if (service.flowControl === true && !this.#options.takeFlowToken()) {
      client.pause(PauseReason.flow);
      context.clock.after(settings.inFlowDelaySeconds, () => client.resume(PauseReason.flow));
    }
    client.begin(() =>
      converse({
        service,
        client,
        context,
        attributes,
        limits: this.#limits,
        computing: () => this.#status.computing(),
        workDone: () => this.#workDone(client),
      }),
    );
  }

  /**
   * A reload, a removal, or the master's death: the end of file on descriptor 5 (MUL-100). A master
   * that knows nothing of retiring goes on to believe that we are idle, and no client would find
   * another process: so finishing clients is for one that does, or that believes us taken.
   */
  masterGone(): void {
    const { service, understandsRetiring } = this.#options;
    const reason = "the master closed the status channel";
    const mayFinish = understandsRetiring || this.#status.isTaken;
    if (mayFinish && service.clientsReconnect !== true) this.retire(reason);
    else this.#leave(reason);
  }

  /** Stop accepting, finish the connected clients, leave (MUL-106, MUL-110). Once is enough. */
  retire(reason: string): void {
    const { settings, log, context } = this.#options;
    if (this.#retiring) return;
    this.#retiring = true;
    this.#acceptWhenDue();
    // whoever connects to a listener that the master has given up is told so at once
    for (const acceptor of this.#acceptors) acceptor.close();
    const { clients } = this.#lifetime;
    if (clients === 0) return this.#leave(reason);
    log.verbose(1, `retiring with ${clients} clients: ${reason}`);
    this.#status.retire();
    const limit = settings.retireTimeLimitSeconds;
    context.clock.after(limit, () =>
      this.#leave(`${this.#lifetime.clients} clients did not finish within ${limit} s`),
    );
  }

  #clientLeft(): void {
    this.#lifetime.clientLeft();
    if (!this.#retiring) return this.#acceptWhenDue();
    if (this.#lifetime.clients === 0) setImmediate(() => this.#leave("finished the last client"));
  }

  #workDone(client: Client): void {
    if (this.#atWorkFor !== client) return;
    this.#atWorkFor = null;
    this.#acceptWhenDue();
  }

  /** While we do not accept, clients stay in the backlog for a sibling: so the master must know. */
  #acceptWhenDue(): void {
    const { service, context, settings } = this.#options;
    const isFull = settings.clientLimit > 0 && this.#lifetime.clients >= settings.clientLimit;
    const due = !this.#retiring && !isFull && this.#atWorkFor === null;
    if (due === this.#accepting) return;
    this.#accepting = due;
    if (due) this.#hook(() => service.beforeAccept?.(context));
    for (const acceptor of this.#acceptors) due ? acceptor.start() : acceptor.stop();
    if (!this.#retiring) this.#status.hold(!due);
  }

  /** Where the original waits for events, our runtime does: this is after each of our passes. */
  #beforeWait(): void {
    const { service, context } = this.#options;
    if (service.beforeWait === undefined) return;
    this.#waitTimer?.cancel();
    this.#waitTimer = null;
    let seconds = -1;
    this.#hook(() => {
      seconds = service.beforeWait?.(context) ?? -1;
    });
    if (seconds >= 0) this.#waitTimer = context.clock.after(seconds, () => this.#beforeWait());
  }

  /** What a hook throws is no client's fault: it ends the process, with a record. */
  #hook(work: () => void): void {
    try {
      work();
    } catch (error) {
      queueMicrotask(() => {
        throw error; // past the runtime's socket handlers, which would keep it
      });
    }
  }

  #leave(reason: string): void {
    this.#options.leave(reason);
  }
}

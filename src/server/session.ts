/**
 * The Session of one client, over whatever brings its bytes: a socket in a child, a scratch socket in a
 * test. Knows nothing of services, and opens nothing.
 */
import { decodeByteString } from "../os/byte-string.ts";
import type { AttributePairs } from "../protocol/attribute-list.ts";
import { encodeNullAttributes, nullAttributesReader } from "../protocol/attributes-null.ts";
import { encodePlainAttributes, plainAttributesReader } from "../protocol/attributes-plain.ts";
import { fixedLengthReader } from "../protocol/fixed-length.ts";
import type { Reader } from "../protocol/framing.ts";
import { encodeLine, lineReader } from "../protocol/line.ts";
import { encodeNetstring, netstringReader } from "../protocol/netstring.ts";
import { policyRequestReader } from "../protocol/policy-request.ts";
import { BadRequest, ClientGone, ClientTimeout, RequestTooLarge } from "./errors.ts";
import { InputBuffer } from "./input-buffer.ts";
import { Patience } from "./patience.ts";
import type { Clock, Session } from "./service.ts";

/** The client's side. Nothing here may throw or block. */
export type SessionPeer = Readonly<{
  remote: Session["remote"];
  /** Sends all of it, in order, keeping a copy of what does not fit: then false, and `drained` comes. */
  write(bytes: Uint8Array): boolean;
  /** Take no more data from the client, so that it has to wait; and go on. */
  pause(): void;
  resume(): void;
}>;

export type SessionLimits = Readonly<{
  /** For each read and each write (MUL-77). */
  timeoutSeconds: number;
  /** Of one request, in bytes; also how much is kept for a session that is not reading. */
  requestSizeLimit: number;
  clock: Clock;
}>;

type Waiting = Readonly<{ attempt(): boolean; reject(error: Error): void }>;

const DONE = Promise.resolve();

export class ClientSession implements Session {
  readonly remote: Session["remote"];
  readonly #peer: SessionPeer;
  readonly #limits: SessionLimits;
  readonly #input = new InputBuffer();
  readonly #readPatience: Patience;
  readonly #writePatience: Patience;
  #reader: Waiting | null = null;
  #writers: PromiseWithResolvers<void>[] = [];
  #paused = false;
  #ended = false;
  #failure: Error | null = null;

  constructor(peer: SessionPeer, limits: SessionLimits) {
    const { clock, timeoutSeconds } = limits;
    this.remote = peer.remote;
    this.#peer = peer;
    this.#limits = limits;
    const slow = (action: string) => () =>
      this.fail(new ClientTimeout(`the client took more than ${timeoutSeconds} s to ${action}`));
    this.#readPatience = new Patience(clock, timeoutSeconds, slow("send a request"));
    this.#writePatience = new Patience(clock, timeoutSeconds, slow("take a reply"));
  }

  // What the owner of the connection tells us.

  /** The bytes are copied. */
  received(bytes: Uint8Array): void {
    this.#input.append(bytes);
    if (this.#reader !== null) this.#look(this.#reader);
    if (this.#reader === null && this.#input.length >= this.#limits.requestSizeLimit) this.#pause();
  }

  /** Everything that was written has been taken. */
  drained(): void {
    this.#writePatience.stop();
    for (const writer of this.#writers.splice(0)) writer.resolve();
  }

  /** The client sends no more; it may still read. */
  ended(): void {
    this.#ended = true;
    if (this.#reader !== null) this.#look(this.#reader);
  }

  /** The connection is gone. What has come can still be read. */
  closed(): void {
    this.ended();
    this.#readPatience.end();
    this.#writePatience.end();
    const gone = new ClientGone("the client closed the connection before it took the reply");
    for (const writer of this.#writers.splice(0)) writer.reject(gone);
  }

  /** From now on every read and write throws `error`. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#readPatience.end();
    this.#writePatience.end();
    this.#reader?.reject(error);
    this.#reader = null;
    for (const writer of this.#writers.splice(0)) writer.reject(error);
  }

  // What the service asks.

  readLine(): Promise<string | null> {
    const line = this.#read(lineReader(this.#limits.requestSizeLimit));
    return handled(line.then((bytes) => (bytes === null ? null : decodeByteString(bytes))));
  }

  readNetstring(): Promise<Uint8Array | null> {
    return this.#read(netstringReader(this.#limits.requestSizeLimit));
  }

  readExactly(bytes: number): Promise<Uint8Array | null> {
    return this.#read(fixedLengthReader(bytes, this.#limits.requestSizeLimit));
  }

  readAttributes(form: "plain" | "null"): Promise<Map<string, string> | null> {
    const makeReader = form === "plain" ? plainAttributesReader : nullAttributesReader;
    const list = this.#read(makeReader(this.#limits.requestSizeLimit));
    return handled(list.then(decodeAttributes));
  }

  readPolicyRequest(): Promise<Map<string, string> | null> {
    const list = this.#read(policyRequestReader(this.#limits.requestSizeLimit));
    return handled(list.then(decodeAttributes));
  }

  write(data: Uint8Array | string): Promise<void> {
    if (this.#failure !== null) return rejected(this.#failure);
    if (this.#peer.write(typeof data === "string" ? Buffer.from(data) : data)) return DONE;
    if (this.#writers.length === 0) this.#writePatience.start();
    const writer = Promise.withResolvers<void>();
    this.#writers.push(writer);
    return handled(writer.promise);
  }

  writeLine(text: string): Promise<void> {
    const line = encodeLine(text);
    if (line === null)
      return rejected(new Error(`Cannot write ${JSON.stringify(text)} as one line`));
    return this.write(line);
  }

  writeNetstring(data: Uint8Array | string): Promise<void> {
    return this.write(encodeNetstring(typeof data === "string" ? Buffer.from(data) : data));
  }

  writeAttributes(form: "plain" | "null", attributes: AttributePairs): Promise<void> {
    const encode = form === "plain" ? encodePlainAttributes : encodeNullAttributes;
    const encoded = encode(attributes);
    if ("text" in encoded) return this.write(encoded.text);
    return rejected(new Error(`Cannot write ${encoded.fault} in the ${form} form`));
  }

  #read<T>(reader: Reader<T>): Promise<T | null> {
    if (this.#failure !== null) return rejected(this.#failure);
    if (this.#reader !== null) {
      return rejected(new Error("Cannot read: the session is reading already; await each read"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<T | null>();
    const waiting = { attempt: () => this.#attempt(reader, resolve, reject), reject };
    this.#look(waiting);
    if (this.#reader !== null) {
      this.#readPatience.start();
      this.#resume();
    }
    return handled(promise);
  }

  #look(waiting: Waiting): void {
    const isOver = waiting.attempt();
    this.#reader = isOver ? null : waiting;
    if (isOver) this.#readPatience.stop();
  }

  /** True when the read is over, one way or the other. */
  #attempt<T>(
    reader: Reader<T>,
    resolve: (value: T | null) => void,
    reject: (error: Error) => void,
  ): boolean {
    if (this.#ended && this.#input.length === 0) {
      resolve(null);
      return true;
    }
    const progress = reader(this.#input.bytes);
    switch (progress.type) {
      case "complete":
        this.#input.consume(progress.used);
        resolve(progress.value);
        return true;
      case "incomplete":
        if (!this.#ended) return false;
        reject(this.#fault(new ClientGone("the client closed the connection within a request")));
        return true;
      case "too-large": {
        const { requestSizeLimit } = this.#limits;
        const text = `the request is longer than request_size_limit = ${requestSizeLimit} bytes`;
        reject(this.#fault(new RequestTooLarge(text)));
        return true;
      }
      case "broken":
        reject(this.#fault(new BadRequest(`Cannot read the request: ${progress.reason}`)));
        return true;
    }
  }

  /** After a request that could not be read nobody knows where the next one begins. */
  #fault(error: Error): Error {
    this.#failure ??= error;
    return error;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#peer.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#peer.resume();
  }
}

function decodeAttributes(list: Map<string, string> | null): Map<string, string> | null {
  if (list === null) return null;
  return new Map(
    [...list].map(([name, value]) => [decodeByteString(name), decodeByteString(value)]),
  );
}

function rejected(error: Error): Promise<never> {
  return handled(Promise.reject(error));
}

/** A service that does not await an operation meets its failure in the next one; no other client does. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** One connection of a screener: a descriptor, then an attribute list, each within a time limit. */
import { fstatSync } from "node:fs";

import { startTimer, type Timer } from "../os/clock.ts";
import { closeAll, receiveBytes, receiveDescriptors } from "../os/descriptor-channel.ts";
import { closeFd } from "../os/descriptor.ts";
import type { Readiness } from "../os/readiness.ts";
import { SystemError } from "../os/system-error.ts";
import { nullAttributesReader } from "../protocol/attributes-null.ts";
import type { Reader } from "../protocol/framing.ts";
import { InputBuffer } from "./input-buffer.ts";

/** Of each of both parts. */
const TIME_LIMIT_SECONDS = 100;
const LONGEST_LIST_BYTES = 65536;
const CHUNK_BYTES = 4096;

type Outcome = Readonly<{
  /** The descriptor is the receiver's. Names and values are one character per byte. */
  received(fd: number, attributes: ReadonlyMap<string, string>): void;
  failed(reason: string): void;
}>;

export class Handover {
  readonly #controlFd: number;
  readonly #readiness: Readiness;
  readonly #outcome: Outcome;
  readonly #input = new InputBuffer();
  readonly #readList: Reader<Map<string, string>> = nullAttributesReader(LONGEST_LIST_BYTES);
  #passedFd: number | null = null;
  #timer: Timer;

  /** Owns the connection. Exactly one of the outcomes comes, once. */
  constructor(controlFd: number, readiness: Readiness, outcome: Outcome) {
    this.#controlFd = controlFd;
    this.#readiness = readiness;
    this.#outcome = outcome;
    this.#timer = this.#startTimer();
    this.#watch();
  }

  #startTimer(): Timer {
    return startTimer(TIME_LIMIT_SECONDS, () =>
      this.#fail(`nothing came for ${TIME_LIMIT_SECONDS} s`),
    );
  }

  #watch(): void {
    this.#readiness.watch(this.#controlFd, () => this.#look());
  }

  #look(): void {
    try {
      if (this.#passedFd === null) this.#receiveDescriptor();
      else this.#receiveList(this.#passedFd);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#fail(error.message);
    }
  }

  #receiveDescriptor(): void {
    const message = receiveDescriptors(this.#controlFd);
    if (message === null) return this.#watch();
    const { length, descriptors } = message;
    const [fd] = descriptors;
    if (fd === undefined || descriptors.length !== 1) {
      closeAll(descriptors);
      const found =
        length === 0 ? "the end of the connection" : `${descriptors.length} descriptors`;
      return this.#fail(`expected one descriptor, found ${found}`);
    }
    this.#passedFd = fd;
    const kind = fstatSync(fd);
    // a master's wakeup sends no list and keeps the connection open (MUL-85)
    if (kind.isFIFO()) return this.#succeed(fd, new Map());
    if (!kind.isSocket()) return this.#fail("expected a socket, found another kind of descriptor");
    this.#timer.cancel();
    this.#timer = this.#startTimer();
    this.#receiveList(fd);
  }

  #receiveList(fd: number): void {
    const bytes = receiveBytes(this.#controlFd, CHUNK_BYTES);
    if (bytes === null) return this.#watch();
    if (bytes.length === 0) return this.#fail("the connection ended within the attribute list");
    this.#input.append(bytes);
    const progress = this.#readList(this.#input.bytes);
    switch (progress.type) {
      case "incomplete":
        return this.#watch();
      case "complete":
        return this.#succeed(fd, progress.value);
      case "too-large":
        return this.#fail(`the attribute list has more than ${LONGEST_LIST_BYTES} bytes`);
      case "broken":
        return this.#fail(`the attribute list is malformed: ${progress.reason}`);
    }
  }

  #succeed(fd: number, attributes: ReadonlyMap<string, string>): void {
    this.#end();
    this.#outcome.received(fd, attributes);
  }

  #fail(reason: string): void {
    this.#end();
    if (this.#passedFd !== null) closeFd(this.#passedFd);
    this.#outcome.failed(reason);
  }

  #end(): void {
    this.#timer.cancel();
    this.#readiness.unwatch(this.#controlFd);
    closeFd(this.#controlFd);
  }
}

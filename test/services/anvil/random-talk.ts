/**
 * The same random conversation with any anvil. Groups of sessions talk at the same time, about idents of
 * their own, so that the order within a group decides every reply.
 */
import { AnvilSession } from "./anvil-session.ts";

const GROUPS = 40;
const SESSIONS = 4;
const IDENTS = 6;
const REQUESTS = [
  ...["connect", "connect", "connect", "disconnect", "disconnect", "message", "recipient"],
  ...["newtls", "newtls_status", "auth", "lookup", "lookup"],
];
const UNKNOWN = ["newtls_report", "Connect", "x y", ""];

type Options = Readonly<{ path: string; requests: number; seed: number }>;

/** Every reply in its order, group by group; sessions that go on when it is over are kept. */
export class RandomTalk implements Disposable {
  readonly #groups = Array.from({ length: GROUPS }, (_, index) => new Group(index));

  async run({ path, requests, seed }: Options): Promise<string[]> {
    const share = Math.ceil(requests / GROUPS);
    const replies = await Promise.all(
      this.#groups.map((group, index) => group.talk(path, share, seed * GROUPS + index)),
    );
    return replies.flat();
  }

  [Symbol.dispose](): void {
    for (const group of this.#groups) group.hangUp();
  }
}

class Group {
  readonly #name: string;
  readonly #sessions: (AnvilSession | null)[] = Array.from({ length: SESSIONS }, () => null);

  constructor(index: number) {
    this.#name = `smtp:192.0.2.${index}`;
  }

  async talk(path: string, requests: number, seed: number): Promise<string[]> {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const transcript: string[] = [];
    for (let count = 0; count < requests; count++) {
      const place = below(SESSIONS);
      const session = (this.#sessions[place] ??= await AnvilSession.open(path));
      const chance = below(100);
      if (chance < 97) {
        const names = chance < 3 ? UNKNOWN : REQUESTS;
        const request = names[below(names.length)] ?? "";
        const ident = `${this.#name}/${below(IDENTS)}`;
        transcript.push(`${request} ${ident}: ${await session.ask(request, ident)}`);
        continue;
      }
      // The last that is heard tells that what the session held is given back.
      if (chance === 97) session.send("malformed=yes\n\n");
      const last = chance === 97 ? await session.rest() : await session.leave();
      transcript.push(`${this.#name} left: ${last}`);
      this.#sessions[place] = null;
    }
    return transcript;
  }

  hangUp(): void {
    for (const session of this.#sessions) session?.[Symbol.dispose]();
  }
}

/** Mulberry32: small, and the same on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

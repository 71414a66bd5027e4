/**
 * A machine on which every user and group exists: master.cf can then be checked although main.cf names
 * an account that this machine lacks. That error itself has been reported before.
 */
import type { Host } from "./host.ts";

const FIRST_ID = 1_000_000;

export function withEveryAccount(host: Host): Host {
  const names: string[] = [];
  const idOf = (key: string): number => {
    if (!names.includes(key)) names.push(key);
    return FIRST_ID + names.indexOf(key);
  };
  const nameOf = (id: number, kind: string): string | null => {
    const key = names[id - FIRST_ID];
    return key?.startsWith(kind) === true ? key.slice(kind.length) : null;
  };
  return {
    ...host,
    userByName: (name) => ({ name, uid: idOf(`user ${name}`), gid: idOf(`group ${name}`) }),
    userById: (id) => {
      const name = nameOf(id, "user ");
      return name === null ? null : { name, uid: id, gid: idOf(`group ${name}`) };
    },
    groupByName: (name) => ({ name, gid: idOf(`group ${name}`) }),
    groupById: (id) => {
      const name = nameOf(id, "group ");
      return name === null ? null : { name, gid: id };
    },
  };
}

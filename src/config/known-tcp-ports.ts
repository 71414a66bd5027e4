/** known_tcp_ports: `name = [name = ...] port`, separated by commas (MCF-71). Mistakes are warnings. */
import { type Position, type Problem, warningAt } from "./problem.ts";

export function parseKnownTcpPorts(
  text: string,
  at: Position | null,
  problems: Problem[],
): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const item of text.split(",").map(trim).filter(Boolean)) {
    const names = item.split("=").map(trim);
    const port = names.pop() ?? "";
    const expected = findFault(names, port, ports);
    if (expected !== null) {
      problems.push(warningAt(at, `Ignored "${item}" in known_tcp_ports: expected ${expected}`));
      continue;
    }
    for (const name of names) ports.set(name, Number(port));
  }
  return ports;
}

function findFault(
  names: readonly string[],
  port: string,
  ports: ReadonlyMap<string, number>,
): string | null {
  if (names.length === 0) return '"name = port"';
  if (port === "" || names.includes("")) return 'text on both sides of "="';
  if ([port, ...names].some((word) => /[ \t\r\n\v\f]/.test(word))) return "no blank inside a word";
  if (names.some((name) => /^[0-9]+$/.test(name))) return "a name that is no number";
  if (!/^[0-9]+$/.test(port)) return "a port number at the end";
  if (Number(port) > 65535) return "a port number of at most 65535";
  if (names.some((name, index) => ports.has(name) || names.indexOf(name) !== index)) {
    return "each name only once";
  }
  return null;
}

function trim(text: string): string {
  return text.replace(/^[ \t\r\n\v\f]+|[ \t\r\n\v\f]+$/g, "");
}

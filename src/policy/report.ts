/**
 * A log record that a decision asks for, without its severity prefix. Where Postfix has a wording
 * it is kept: log watchers read it.
 */
export type Report = Readonly<{ severity: "info" | "warning"; text: string }>;

export function info(text: string): Report {
  return { severity: "info", text };
}

export function warning(text: string): Report {
  return { severity: "warning", text };
}

/**
 * A log record that a decision asks for. Texts are byte strings, like everything that comes from
 * the configuration. Where Postfix has a wording it is kept: log watchers read it.
 */
export type Report = Readonly<{ severity: "info" | "warning"; text: string }>;

export function info(text: string): Report {
  return { severity: "info", text };
}

export function warning(text: string): Report {
  return { severity: "warning", text };
}

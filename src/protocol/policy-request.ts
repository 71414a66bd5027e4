/** The request of a Postfix policy client (SMTPD_POLICY_README): a plain attribute list. */
import { plainAttributesReader } from "./attributes-plain.ts";
import type { Reader } from "./framing.ts";

/** Accepts CR LF as well, so that a person can type a request. */
export function policyRequestReader(limit: number): Reader<Map<string, string>> {
  return plainAttributesReader(limit, { dropsCarriageReturn: true });
}

/** Numbers, yes-or-no and times of generic initialisation, in the order of evaluation. */
import { number, type Parameter, time, yesOrNo } from "./parameter.ts";

const byChild = { reader: "child" } as const;

export const NUMBER_PARAMETERS: readonly Parameter[] = [
  number("default_process_limit", 100, "How many processes a service may have by default.", {
    unit: "processes",
    reader: "master",
    reload: "takes effect",
  }),
  number("max_use", 100, "How many clients a process serves before it leaves.", {
    unit: "clients",
    ...byChild,
  }),
  number("dont_remove", 0, "Keep finished queue files, for debugging.", { minimum: 0 }),
  number("line_length_limit", 2048, "Longer lines are cut into pieces.", {
    unit: "bytes",
    minimum: 512,
  }),
  number("hash_queue_depth", 1, "Levels of subdirectories of a queue.", { unit: "levels" }),
  number("fork_attempts", 5, "How often to try to make a process.", { unit: "attempts" }),
  number("deliver_lock_attempts", 20, "How often to try to lock a mailbox.", { unit: "attempts" }),
  number("debug_peer_level", 2, "How much more is logged about debug_peer_list."),
  number("fault_injection_code", 0, "Makes daemons fail, for tests.", { minimum: 0 }),
  number("berkeley_db_create_buffer_size", 16777216, "Buffer to create a table.", {
    unit: "bytes",
  }),
  number("berkeley_db_read_buffer_size", 131072, "Buffer to read a table.", { unit: "bytes" }),
  number("header_size_limit", 102400, "Longer headers are cut.", { unit: "bytes" }),
  number("header_address_token_limit", 10240, "Address parts read in one header.", {
    unit: "tokens",
  }),
  number("mime_nesting_limit", 100, "Deeper MIME structure is refused.", { unit: "levels" }),
  number("mime_boundary_length_limit", 2048, "Longer MIME boundaries are cut.", { unit: "bytes" }),
  number("delay_logging_resolution_limit", 2, "Digits after the point of logged delays.", {
    unit: "digits",
    minimum: 0,
    maximum: 6,
  }),
  number("tcp_windowsize", 0, "Socket buffers of inet listeners; 0 is the system's default.", {
    unit: "bytes",
    minimum: 0,
    reader: "master",
    reload: "takes effect for new listeners",
  }),
  number("message_size_limit", 10240000, "Larger mail is refused.", {
    type: "long",
    unit: "bytes",
    minimum: 0,
  }),
  number("lmdb_map_size", 16777216, "Initial size of an LMDB table.", {
    type: "long",
    unit: "bytes",
  }),
  yesOrNo("disable_dns_lookups", "no", "Do without DNS for deliveries."),
  yesOrNo("soft_bounce", "no", "Keep in the queue what would be returned."),
  yesOrNo("owner_request_special", "yes", "Treat owner-x and x-request addresses as such."),
  yesOrNo("strict_8bitmime", "no", "Both of strict_7bit_headers and strict_8bitmime_body."),
  yesOrNo("strict_7bit_headers", "no", "Refuse mail with 8-bit headers."),
  yesOrNo("strict_8bitmime_body", "no", "Refuse 8-bit text without a declaration."),
  yesOrNo("strict_mime_encoding_domain", "no", "Refuse invalid MIME encodings."),
  yesOrNo("disable_mime_input_processing", "no", "Do without MIME on the way in."),
  yesOrNo("disable_mime_output_conversion", "no", "Do without 8-bit conversion."),
  yesOrNo("address_verify_negative_cache", "yes", "Remember failed address probes."),
  yesOrNo("backwards_bounce_logfile_compatibility", "yes", "Write delivery logs for old readers."),
  yesOrNo("helpful_warnings", "yes", "Log warnings about configuration mistakes."),
  yesOrNo("send_cyrus_sasl_authzid", "no", "Send an authorisation id with SASL."),
  yesOrNo("multi_instance_enable", "no", "Let postfix(1) start this instance with the others."),
  yesOrNo("enable_long_queue_ids", "no", "Use queue ids that never repeat."),
  yesOrNo("strict_smtputf8", "no", "Refuse UTF-8 where it was not announced."),
  yesOrNo("enable_original_recipient", "yes", "Keep the address before rewriting."),
  time("application_event_drain_time", "100s", "How long a plugin may finish its events."),
  time("max_idle", "100s", "How long a process waits for a client before it leaves.", byChild),
  time("ipc_timeout", "3600s", "Longest wait on an internal connection.", byChild),
  time("ipc_idle", "5s", "Close an internal connection that is unused for so long."),
  time("ipc_ttl", "1000s", "Close an internal connection of this age."),
  time("trigger_timeout", "10s", "Longest wait to wake a daemon."),
  time("fork_delay", "1s", "Pause between attempts to make a process."),
  time("deliver_lock_delay", "1s", "Pause between attempts to lock a mailbox."),
  time("stale_lock_time", "500s", "Age at which a mailbox lock is removed."),
  time("daemon_timeout", "18000s", "A process busy for so long ends itself.", byChild),
  time("in_flow_delay", "1s", "Pause when mail comes in faster than it leaves.", {
    minimum: 0,
    maximum: 10,
    ...byChild,
  }),
];

/** The message that wakes a service up (PRO-15 to PRO-20). Knows nothing of sockets. */

/** Sent by themselves, one write each: a stream service sees an ordinary client that says two bytes. */
export const TRIGGER_REQUEST = 0x57; // "W"
export const TRIGGER_END = 0x00;

/** What goes through a stream, in separate writes (PRO-16). */
export const STREAM_TRIGGER: readonly number[] = [TRIGGER_REQUEST, TRIGGER_END];
/** A fifo gets the request alone (PRO-17). */
export const FIFO_TRIGGER: readonly number[] = [TRIGGER_REQUEST];

export const TRIGGER_TIMEOUT_SECONDS = 1;
/** How long the sender leaves its connection open for the receiver to close (MST-108). */
export const TRIGGER_HOLD_SECONDS = 101;
/** A receiver reads once and at most so much; every byte but NUL is a request. */
export const TRIGGER_READ_BYTES = 1024;

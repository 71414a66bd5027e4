/** What a service is to the multi-server skeleton. */

export type Connection = Readonly<{
  /** Queues all of it. While some of it is not taken, the client's own data is not read. */
  write(bytes: Uint8Array): void;
  /** Disconnects when everything that was written has been taken. */
  end(): void;
}>;

export type Service = Readonly<{
  /** A client has sent data. The bytes are valid only during the call. */
  onRequest(connection: Connection, bytes: Uint8Array): void;
}>;

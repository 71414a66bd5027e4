/** How a session can end against its will: by the client's doing. Public (public-module.ts). */

export class ClientTimeout extends Error {
  override readonly name = "ClientTimeout";
}

export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

export class RequestTooLarge extends Error {
  override readonly name = "RequestTooLarge";
}

export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

export type SessionError = ClientTimeout | ClientGone | RequestTooLarge | BadRequest;

export function isSessionError(error: unknown): error is SessionError {
  return [ClientTimeout, ClientGone, RequestTooLarge, BadRequest].some(
    (kind) => error instanceof kind,
  );
}

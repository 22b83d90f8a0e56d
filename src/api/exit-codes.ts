/**
 * What the number says that a process of Holdfast ends with: a script needs nothing else to know what to do next. LSB gives
 * 3 and 4 these meanings. Numbers are part of the contract: never changed, never used for something else.
 */
export const exitCodes = {
  /** Done; for `--no-wait`: accepted. */
  done: 0,
  /** A fault of ours. */
  unexpected: 1,
  /** Wrong call, path, type or value; nothing was sent. */
  wrongCall: 2,
  notRunning: 3,
  /** No permission for the socket. */
  noPermission: 4,
  /** Unknown device, registration, observation or operation. */
  unknown: 5,
  deviceRefused: 6,
  /** No answer in time, or expired in the queue. */
  noAnswer: 7,
  /** Queued, not done yet. */
  queued: 8,
  /** It may or may not have been executed. */
  inDoubt: 9,
  /** Store full or read-only, queue full, rate limit, superseded. */
  gatewayRefuses: 10,
  existsAlready: 11,
  /** Cancelled by somebody else. */
  cancelled: 12,
  /** CLI and gateway speak different schema versions. */
  schemaDiffers: 13,
  doctorWatch: 20,
  doctorWrong: 21,
  configuration: 30,
  portInUse: 31,
  storeHeld: 32,
  storeDamaged: 33,
  stateDirectory: 34,
  masterKey: 35,
  setUpIncomplete: 36,
  interrupted: 130,
  readerGone: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

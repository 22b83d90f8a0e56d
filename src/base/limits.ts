import { assert } from './assert.ts';

/**
 * Every limit of the gateway, named, in one place. A limit that is reached is a counter and a refusal, never an incident.
 * RFC 7252 section 4.8 gives the CoAP times.
 */
export const limits = {
  // datagrams and DTLS
  datagramBytesMax: 2_048,
  datagramsHeldMax: 4_096,
  receiveBufferBytes: 4 * 1_048_576,
  /** Open handshakes that peers began; and as many again that we began. */
  handshakesPendingMax: 500,
  handshakesPendingPerSourceMax: 20,
  associationsMax: 41_000,
  associationSerialsPerGeneration: 65_536,
  sessionsMax: 20_000,
  sessionLifetimeMs: 7 * 86_400_000,
  ticketKeysMax: 3,
  ticketKeyRotationMs: 3 * 86_400_000,
  sourceDatagramsPerSecond: 200,
  sourceDatagramsBurst: 1_000,
  refusalsPerMinute: 30,
  peerMessagesPerSecond: 50,
  peerMessagesBurst: 200,
  peersMax: 50_000,
  sourcesTrackedMax: 10_000,
  addressesKnownMax: 20_000,
  connectionIdBytes: 8,
  sendSequencesPerGeneration: 65_536,
  clientHelloReplaceMinMs: 2_000,
  /** Flights of a handshake that we begin are repeated after the first of these, then twice as long, up to the second. */
  connectFlightFirstMs: 2_000,
  connectFlightLongestMs: 16_000,
  /** How often a device that cannot be reached is shaken hands with until it is left to come by itself, and how far apart. */
  connectTriesMax: 6,
  connectRetryFirstMs: 60_000,
  connectRetryLongestMs: 3_600_000,
  /** So many failures in a row, none of them a success before, and the device is taken to ignore handshakes, for so long. */
  connectFailuresMax: 3,
  learnedRefusalMs: 7 * 86_400_000,
  /** A device that idles so long and sends over the same connection keeps it; one that comes with a new handshake does not. */
  idleKeptMs: 60_000,
  idleDroppedMs: 30_000,
  dropsMax: 2,
  /** Who uses an older connection alone for so long after the new one was made has no other. */
  newConnectionUnheardMs: 10_000,
  /** By then a device has completed or given up both of two handshakes that were open at once, and knows which one it uses. */
  racedConnectionsSettledMs: 240_000,
  oldAssociationReceivesMs: 60_000,
  addressMoveMinMs: 10_000,
  datagramLatencyMaxMs: 90_000,
  amplificationMax: 3,

  // CoAP
  ackTimeoutMs: 2_000,
  ackRandomFactor: 1.5,
  retransmitsMax: 4,
  maxTransmitSpanMs: 45_000,
  maxTransmitWaitMs: 93_000,
  exchangeLifetimeMs: 247_000,
  nonLifetimeMs: 145_000,
  processingDelayMs: 1_500,
  messageIdsPerRange: 8_192,
  exchangesPerPeerMax: 64,
  exchangesMax: 100_000,
  duplicatesPerPeerMax: 2_048,
  retryAfterSeconds: 30,
  requestsQueuedPerPeerMax: 160,
  observationTokensPerPeerMax: 320,
  bodyBytesMax: 1_048_576,
  bodyBytesPerPeerMax: 65_536,
  transfersPerPeerMax: 4,
  transfersMax: 1_000,
  transferRestartsMax: 2,
  finishedTokensPerPeerMax: 64,
  tokenBytes: 8,
  pathBytesMax: 512,
  blockBytesMax: 1_024,

  // LwM2M
  endpointNameBytesMax: 255,
  pskIdentityBytesMax: 128,
  pskBytesMin: 4,
  pskBytesMax: 64,
  objectLinksMax: 1_000,
  linkAttributesMax: 32,
  registrationParametersMax: 32,
  formatDepthMax: 16,
  formatEntriesMax: 4_096,
  formatItemsMax: 65_536,
  registrationsMax: 20_000,
  credentialsMax: 20_000,
  lifetimeSecondsMax: 2 ** 31,
  lifetimeGraceMs: 10_000,
  refreshStaleMsMax: 1_800_000,
  queueModeAwakeMs: 93_000,
  observationsPerPeerMax: 64,
  formerRelationsMax: 4,
  sequenceStaleMsMax: 600_000,

  // recovery: what the gateway asks of its own accord
  recoveryDevicesPerSecond: 50,
  recoveryUnderWayMax: 500,
  /** After this long without a word the device counts as one that did not answer: a request and what the gateway adds to it. */
  recoveryAnswerMs: 100_000,
  /** Where no further handshake may be begun now, the device is turned to again. */
  recoveryRoomMs: 2_000,
  wishesDevicesPerSecond: 100,
  wishesDevicesBurst: 500,

  // store and event log
  eventLogRecordsMax: 50_000,
  eventLogPayloadBytesMax: 64 * 1_048_576,
  eventReadersMax: 16,
  eventReaderNameCharactersMax: 64,
  eventsPassedSpacingMs: 60_000,
  commitsPendingMax: 10_000,
  commitSpacingMs: 500,
  commitLatestMs: 1_000,
  commitSoonWindowMs: 60_000,
  commitSoonBytesMax: 1_048_576,
  journalBytes: 8 * 1_048_576,
  /** What is looked at of a journal that has another size. */
  journalReadBytesMax: 64 * 1_048_576,
  journalHoldMs: 600_000,
  journalGoneKeysMax: 64,
  journalFillHastened: 0.5,
  journalFillRefused: 0.75,
  ballastBytes: 8 * 1_048_576,
  freeSpaceBytesMin: 16 * 1_048_576,
  freeSpaceCheckedMs: 5_000,
  /** How much of a day's budget is saved for bursts. */
  wearBurstOfDay: 0.25,
  peerBytesPerDay: 50_000_000,
  peerBudgetsMax: 25_000,
  peerBudgetsWeighedMax: 32,
  /** Who is charged all the time goes behind the others this often. */
  peerBudgetPlacedMs: 1_000,
  peerBudgetRetrySecondsMax: 3_600,
  writersListedMax: 20,
  generationJumpInDoubt: 1_024,
  quarantineFilesMax: 1_000,
  quarantineJournalsMax: 3,
  damagedCopiesMax: 3,
  /** Sentences of the status on what was repaired; further ones that come while the gateway runs are in the log alone. */
  storeNotesMax: 20,
  infoLogBytesMax: 1_048_576,
  restoreChunkRecords: 500,
  /** Of devices whose records have not all been read since the start. */
  messagesUnreadMax: 5_000,
  /** Of handshakes that devices begin before everything is read. */
  datagramsUnreadMax: 1_000,

  // crash-loop breaker
  deathsInARowMax: 3,
  deathsNamedMax: 16,
  /** So long without dying, and what was died of before no longer counts. */
  deathRowEndsMs: 600_000,
  crumbBytesMax: 1_024,
  crumbsLookedAtMax: 100,
  addressesMutedMax: 64,
  addressMutedMs: 900_000,

  // operators
  operationsQueuedPerPeerMax: 16,
  operationsOpenMax: 10_000,
  operationsOverMax: 4_000,
  operationsOverPerPeerMax: 32,
  operationsPerGeneration: 1_000_000,
  operationFollowedMs: 300_000,
  listChunkDevices: 100,
  listChunkOperations: 100,
  listChunkEvents: 100,

  // HTTP
  httpConnectionsMax: 100,
  httpBodyBytesMax: 262_144,
  httpHeaderBytesMax: 16_384,
  httpReceiveMs: 30_000,
  httpIdleMs: 60_000,
  httpHeartbeatMs: 15_000,
  eventStreamsMax: 32,
  eventStreamBytesMax: 1_048_576,
} as const;

assert(limits.commitSpacingMs <= limits.commitLatestMs, 'the spacing keeps the latest start of a commit');
assert(limits.registrationsMax <= limits.peerBudgetsMax, 'every registered device has a budget of its own');
assert(limits.commitLatestMs < limits.processingDelayMs, 'a commit starts before the empty ACK is due');
assert(
  limits.associationsMax >= limits.credentialsMax * 2 + limits.handshakesPendingMax * 2,
  'every device can shake hands anew while its earlier association still receives',
);
assert(
  limits.observationTokensPerPeerMax >= limits.observationsPerPeerMax * (1 + limits.formerRelationsMax),
  'every observation can begin anew while its earlier relations still count',
);
assert(
  limits.requestsQueuedPerPeerMax >= limits.observationsPerPeerMax * 2 + limits.operationsQueuedPerPeerMax,
  'every observation and its attributes can be asked for at once',
);
assert(limits.maxTransmitSpanMs < limits.exchangeLifetimeMs, 'RFC 7252 section 4.8.2');
assert(
  limits.registrationsMax + limits.credentialsMax < limits.peersMax,
  'there is room for those who may not be forgotten',
);

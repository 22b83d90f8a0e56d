/** An entry of the event log as readers see it: decoded when it is told, not when it is kept. */
import { bytesOfText, textOfBytes, toHex } from '../base/bytes.ts';
import type { ResponseCode } from '../coap/code.ts';
import { contentFormatName } from '../lwm2m/content-format.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { discoverAnswer, readAnswer } from '../lwm2m/operations/answer.ts';
import { everything, type ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { ReportRecord, ResponseRecord } from '../records/event-record.ts';
import type { NumberedEvent } from './event-log.ts';
import type { LoggedEvent, LoggedOperation, LoggedReport } from './events.ts';
import type { OperationState, OperationView } from './views.ts';

export function loggedEvent(event: NumberedEvent, rootPath: string, model: ObjectModel): LoggedEvent {
  if (event.kind !== 'response') return loggedReport(event.id, event, rootPath, model);
  const { kind, id, endpoint, atWall } = event;
  return { kind, id, endpoint, atWall, operation: responseView(event, id, rootPath, model) };
}

/** What a device reported, under its id in the log. */
export function loggedReport(id: number, event: ReportRecord, rootPath: string, model: ObjectModel): LoggedReport {
  return new Report(id, event, rootPath, model);
}

/** The same for a notification that is not in the log. */
export function toldEvent(event: ReportRecord, rootPath: string, model: ObjectModel): Omit<LoggedReport, 'id'> {
  return new Report(0, event, rootPath, model);
}

/** Most reports are read by nobody: decoded when somebody asks. */
class Report implements LoggedReport {
  readonly kind: LoggedReport['kind'];
  readonly id: number;
  readonly endpoint: string;
  readonly path: ResourcePath | undefined;
  readonly atWall: number | undefined;
  readonly unverified: boolean;
  private readonly contentFormat: number | undefined;
  private readonly payload: string;
  private readonly rootPath: string;
  private readonly model: ObjectModel;
  private known: Pick<LoggedReport, 'entries' | 'undecoded'> | undefined;

  constructor(id: number, event: ReportRecord, rootPath: string, model: ObjectModel) {
    this.kind = event.kind;
    this.id = id;
    this.endpoint = event.endpoint;
    this.path = event.path as ResourcePath | undefined;
    this.atWall = event.atWall;
    this.unverified = event.unverified;
    this.contentFormat = event.contentFormat;
    // The newest of each observation is held for good, and as an array it would take several times the memory.
    this.payload = textOfBytes(event.payload);
    this.rootPath = rootPath;
    this.model = model;
    this.known = undefined;
  }

  get entries(): readonly Entry[] {
    return this.decoded.entries;
  }

  get undecoded(): LoggedReport['undecoded'] {
    return this.decoded.undecoded;
  }

  private get decoded(): Pick<LoggedReport, 'entries' | 'undecoded'> {
    this.known ??= this.decode();
    return this.known;
  }

  private decode(): Pick<LoggedReport, 'entries' | 'undecoded'> {
    const { path = everything, contentFormat, model, rootPath, atWall } = this;
    const payload = bytesOfText(this.payload);
    const answer = { code: '2.05', contentFormat, payload, locationPath: [] } as const;
    const read = readAnswer(answer, path, model, decoding(rootPath, atWall));
    if (read.kind === 'values') return { entries: read.entries, undecoded: undefined };
    return { entries: [], undecoded: { contentFormat, hex: toHex(payload) } };
  }
}

/** How an operation ended, with the values or links that the device answered. `eventId`: its place in the log. */
export function responseView(
  event: ResponseRecord,
  eventId: number,
  rootPath: string,
  model: ObjectModel,
): LoggedOperation {
  const { endpoint, operation, contentFormat, payload, atWall } = event;
  const { code, verb, state } = operation;
  const path = event.path as ResourcePath;
  const answer = answerOf(event, code as ResponseCode);
  const isAnswered = code?.startsWith('2.') ?? false;
  const read = isAnswered && verb === 'read' ? readAnswer(answer, path, model, decoding(rootPath, atWall)) : undefined;
  const discovered = isAnswered && verb === 'discover' ? discoverAnswer(answer, rootPath) : undefined;
  return {
    ...operation,
    verb: verb as OperationView['verb'],
    state: state as OperationState,
    endpoint,
    path,
    entries: read?.kind === 'values' ? read.entries : [],
    links: discovered?.kind === 'links' ? discovered.links : [],
    format: contentFormat === undefined ? undefined : contentFormatName(contentFormat),
    payload: code === undefined ? undefined : payload,
    eventId,
  };
}

function answerOf({ contentFormat, payload }: ResponseRecord, code: ResponseCode) {
  return { code, contentFormat, payload, locationPath: [] };
}

function decoding(rootPath: string, atWall: number | undefined) {
  return atWall === undefined ? { rootPath } : { rootPath, receivedAtWallSeconds: atWall / 1_000 };
}

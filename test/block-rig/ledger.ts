/**
 * What the devices sent and what was acknowledged to them, held against what is kept: everything acknowledged is there, nothing is there
 * that nobody sent, nothing is there twice. Pure.
 */

export type ReportKind = 'notification' | 'send';

/** A numbered report of a device, as it is kept. */
export interface KeptReport {
  readonly endpoint: string;
  readonly kind: ReportKind;
  readonly payload: string;
}

export interface Kept {
  readonly reports: readonly KeptReport[];
  /** The registration's id by endpoint. */
  readonly registrations: ReadonlyMap<string, string>;
}

export interface Comparison {
  /** Acknowledged and not kept, each as a sentence. */
  readonly lost: readonly string[];
  /** Kept and never sent, or kept twice. */
  readonly invented: readonly string[];
}

export const reportedPath = '/3300/0/5700';
const noticePath = '/3300/0/5701';
const noticeCharactersMax = 900;

/**
 * What a device says under a number: for a Send a SenML pack with a text of another length each time, so that commits are of every size.
 */
export function reportPayload(kind: ReportKind, number: number): string {
  if (kind === 'notification') return String(number);
  const notice = 'abcdefghij'.repeat(noticeCharactersMax / 10).slice(0, (number * 137) % noticeCharactersMax);
  return JSON.stringify([
    { n: reportedPath, v: number },
    { n: noticePath, vs: notice },
  ]);
}

export class Ledger {
  private readonly sent = new Map<string, { acknowledged: boolean }>();
  private readonly asked = new Map<string, { location: string | undefined }>();
  private acknowledgements = 0;

  /** Acknowledged so far: reports and registrations. */
  get acknowledged(): number {
    return this.acknowledgements;
  }

  reportSent(endpoint: string, kind: ReportKind, number: number): void {
    this.sent.set(nameOf({ endpoint, kind, payload: reportPayload(kind, number) }), { acknowledged: false });
  }

  reportAcknowledged(endpoint: string, kind: ReportKind, number: number): void {
    const report = this.sent.get(nameOf({ endpoint, kind, payload: reportPayload(kind, number) }));
    if (report === undefined) throw new Error('what was not sent is not acknowledged');
    report.acknowledged = true;
    this.acknowledgements++;
  }

  registerSent(endpoint: string): void {
    if (!this.asked.has(endpoint)) this.asked.set(endpoint, { location: undefined });
  }

  registerAcknowledged(endpoint: string, registrationId: string): void {
    this.asked.set(endpoint, { location: registrationId });
    this.acknowledgements++;
  }

  /** As it stands: for what is asked of a gateway while devices still hear from it. */
  copy(): Ledger {
    const copy = new Ledger();
    for (const [name, report] of this.sent) copy.sent.set(name, { ...report });
    for (const [endpoint, asked] of this.asked) copy.asked.set(endpoint, { ...asked });
    copy.acknowledgements = this.acknowledgements;
    return copy;
  }

  /** What was kept, against all of this. */
  compare({ reports, registrations }: Kept): Comparison {
    const lost: string[] = [];
    const invented: string[] = [];
    const found = new Set<string>();
    for (const report of reports) {
      const name = nameOf(report);
      if (!this.sent.has(name)) invented.push(`kept, and never sent: ${name}`);
      if (found.has(name)) invented.push(`kept twice: ${name}`);
      found.add(name);
    }
    for (const [name, { acknowledged }] of this.sent) {
      if (acknowledged && !found.has(name)) lost.push(`acknowledged, and lost: ${name}`);
    }
    for (const [endpoint, { location }] of this.asked) {
      const id = registrations.get(endpoint);
      if (location !== undefined && id !== location)
        lost.push(`acknowledged, and lost: the registration of ${endpoint}`);
    }
    for (const endpoint of registrations.keys()) {
      if (!this.asked.has(endpoint)) invented.push(`kept, and never asked for: the registration of ${endpoint}`);
    }
    return { lost, invented };
  }
}

function nameOf({ endpoint, kind, payload }: KeptReport): string {
  return `${endpoint} ${kind} ${payload}`;
}

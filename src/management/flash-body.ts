/** The body of `flash`: the account of a day, what it means for the card, and the devices that cause most of it. */
import type { FlashBody } from '../api/bodies/flash.ts';
import type { WritersView } from '../gateway/views.ts';
import type { WearInformation } from './information.ts';
import { wearFields } from './wear-fields.ts';

const hourSeconds = 3_600;
const daySeconds = 86_400;
const yearDays = 365;

export function flashBody(view: WritersView, wear: WearInformation): FlashBody {
  const { enduranceBytes, last24Hours } = wear;
  return {
    ...wearFields(wear),
    servingSeconds: view.servingSeconds,
    enduranceBytes,
    yearsAtThisRate: yearsAt(enduranceBytes, last24Hours.writtenBytes, view.servingSeconds),
    deviceBudgetBytesPerDay: view.bytesPerDay ?? null,
    devices: view.writers.map(({ endpoint, peer, chargedBytes, usedBytes, waitMs }) => ({
      endpoint: endpoint ?? null,
      peer,
      chargedBytes,
      usedBytes,
      waitSeconds: Math.ceil(waitMs / 1_000),
    })),
  };
}

/** A start writes more than an hour like any other, so the first one says nothing of a year. */
function yearsAt(enduranceBytes: number | null, writtenBytes: number | null, servingSeconds: number): number | null {
  if (enduranceBytes === null || !writtenBytes || servingSeconds < hourSeconds) return null;
  const bytesPerDay = (writtenBytes * daySeconds) / Math.min(servingSeconds, daySeconds);
  return Math.round((enduranceBytes / bytesPerDay / yearDays) * 10) / 10;
}

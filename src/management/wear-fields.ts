/** The account of a day as `status` and `flash` tell it. */
import type { WearBody } from '../api/bodies/wear.ts';
import type { WearInformation } from './information.ts';

export function wearFields({ last24Hours, budgetBytesPerDay, spacingMs, state }: WearInformation): WearBody {
  return {
    writtenBytes24h: last24Hours.writtenBytes,
    logicalBytes24h: last24Hours.logicalBytes,
    commits24h: last24Hours.commits,
    journalBytes24h: last24Hours.journalBytes,
    databaseBytes24h: last24Hours.databaseBytes,
    deviceBytes24h: last24Hours.deviceBytes,
    budgetBytesPerDay,
    spacingMs,
    wear: state,
  };
}

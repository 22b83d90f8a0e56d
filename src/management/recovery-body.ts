import type { RecoveryBody, RecoveryDevices } from '../api/bodies/recovery.ts';
import type { RecoveryView } from '../gateway/recovery-view.ts';
import type { Information } from './information.ts';

export function recoveryBody(recovery: RecoveryView, { lastStopReason }: Information): RecoveryBody {
  return {
    running: recovery.running,
    lastStop: lastStopReason,
    servingSeconds: recovery.servingSeconds,
    lastedSeconds: recovery.lastedSeconds ?? null,
    devicesPerSecond: recovery.devicesPerSecond,
    devices: recoveryDevices(recovery),
    rungs: recovery.rungs,
  };
}

export function recoveryDevices(recovery: RecoveryView): RecoveryDevices {
  const { total, heard, heardByThemselves, toDo, underWay, asleep, unreachable } = recovery;
  return { total, heard, heardByThemselves, toDo, underWay, asleep, unreachable };
}

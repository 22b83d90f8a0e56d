/** What Linux says of another process: the time of the processor that all its threads have used, and its memory. */
import { readFileSync } from 'node:fs';

/** A clock tick of /proc, everywhere that Node runs. */
const tickUs = 10_000;

/** User and system time since its start, in microseconds, in steps of 10 ms (proc_pid_stat(5), fields 14 and 15). */
export function processorUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

/** The most memory that it ever had resident, in bytes. */
export function residentPeakBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}

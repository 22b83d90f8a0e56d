/**
 * Who may speak to the TCP port. It listens on a loopback address only, but a browser on this machine can be led to it by any
 * page: by a name that resolves to 127.0.0.1 (DNS rebinding: the Host header holds that name), or by a request from another site
 * (the Origin header holds it, `null` included; Sec-Fetch-Site says so for requests without an Origin). Programs send neither.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';

/** Whether an address, as text, is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** What is wrong with the caller, as a sentence; undefined when he is welcome. */
export function distrustOf(headers: IncomingHttpHeaders, port: number): string | undefined {
  if (!isOurAuthority(headers.host, port)) return 'The Host header names another host than this one.';
  const { origin } = headers;
  if (origin !== undefined && !isOurOrigin(origin, port)) return 'Requests from pages of other sites are not served.';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'Requests from pages of other sites are not served.';
  return undefined;
}

function isOurOrigin(origin: string, port: number): boolean {
  return origin.startsWith('http://') && isOurAuthority(origin.slice('http://'.length), port);
}

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; without a port only where it is HTTP's own. */
function isOurAuthority(authority: string | undefined, port: number): boolean {
  const parts = /^(?:\[([0-9a-f:]+)\]|([^:[\]/]+))(?::([0-9]{1,5}))?$/i.exec(authority ?? '');
  if (parts === null) return false;
  const host = (parts[1] ?? parts[2] ?? '').toLowerCase();
  return Number(parts[3] ?? 80) === port && (host === 'localhost' || isLoopback(host));
}

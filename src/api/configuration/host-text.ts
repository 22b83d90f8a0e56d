/** Whether texts are literal IP addresses. The configuration names no hosts: looking one up needs a network that may not be there. */

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

export function isIpv4(text: string): boolean {
  return ipv4.test(text);
}

/** RFC 4291 section 2.2, with a zone (`fe80::1%eth0`) or an IPv4 end. */
export function isIpv6(text: string): boolean {
  const [host = '', zone, ...rest] = text.split('%');
  if (rest.length > 0 || zone === '') return false;
  const halves = host.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = all.at(-1);
  const endsInIpv4 = last !== undefined && isIpv4(last);
  const count = all.length + (endsInIpv4 ? 1 : 0);
  const plain = endsInIpv4 ? all.slice(0, -1) : all;
  if (!plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** `127.0.0.1:8080` or `[::1]:8080`. */
export function isLoopbackWithPort(value: string): boolean {
  const parts = /^(?:(127\.\d+\.\d+\.\d+)|\[::1\]):([1-9]\d{0,4})$/.exec(value);
  if (parts === null || Number(parts[2]) > 65_535) return false;
  return parts[1] === undefined || isIpv4(parts[1]);
}

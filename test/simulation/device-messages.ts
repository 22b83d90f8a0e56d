/** The messages that a simulated device sends of its own accord (LwM2M 1.1 transport 6.4). */
import type { Packet } from 'coap-packet';
import { contentFormat } from './device-answers.ts';

export function registerMessage(name: string, lifetimeSeconds: number, queueMode: boolean): Packet {
  const query = [`ep=${name}`, `lt=${lifetimeSeconds}`, 'lwm2m=1.1', 'b=U', ...(queueMode ? ['Q'] : [])];
  const options = [path('rd'), contentFormat(40), ...query.map(uriQuery)];
  return { code: '0.02', options, payload: Buffer.from('</1/0>,</3/0>,</3300/0>') };
}

export function updateMessage(location: readonly string[], lifetimeSeconds: number | undefined): Packet {
  const query = lifetimeSeconds === undefined ? [] : [uriQuery(`lt=${lifetimeSeconds}`)];
  return { code: '0.02', options: [...location.map(path), ...query] };
}

export function deregisterMessage(location: readonly string[]): Packet {
  return { code: '0.04', options: location.map(path) };
}

export function notificationMessage(token: Buffer, sequence: Buffer, number: number): Packet {
  const options = [{ name: 'Observe' as const, value: sequence }, contentFormat(0)];
  return { code: '2.05', token, options, payload: Buffer.from(String(number)) };
}

/** `POST /dp`. */
export function sendMessage(number: number): Packet {
  const payload = Buffer.from(JSON.stringify([{ n: '/3300/0/5700', v: number }]));
  const token = Buffer.from([number & 0xff, (number >> 8) & 0xff, 0x5e]);
  return { code: '0.02', token, options: [path('dp'), contentFormat(110)], payload };
}

function path(segment: string): { name: 'Uri-Path'; value: Buffer } {
  return { name: 'Uri-Path', value: Buffer.from(segment) };
}

function uriQuery(text: string): { name: 'Uri-Query'; value: Buffer } {
  return { name: 'Uri-Query', value: Buffer.from(text) };
}

/**
 * The processes of the CoAP bench: `coap-process.js ROLE [PORT REQUESTS]`. A server tells its port; a load sends its requests
 * and tells when all are answered; everybody answers a message of the parent with the processor time that it has used.
 */
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'coap';
import type { Monotonic } from '../../src/base/instants.ts';
import { Coap } from '../../src/coap/coap.ts';
import type { CoapOutput, PeerId } from '../../src/coap/output.ts';
import { isRegister, wire } from '../coap/coap-world.ts';

/** How many requests are under way at once, each of them from a port of its own: a gateway's devices are many. */
const underWay = 64;
const host = '127.0.0.1';

const [role, port = '0', requests = '0'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
if (role === 'floor') serve(echo);
else if (role === 'server') serve(ourServer);
else if (role === 'npm-coap') npmCoap();
else if (role === 'client') client(Number(port), Number(requests));
else load(Number(port), Number(requests));

function serve(attach: (socket: Socket) => void): void {
  const socket = createSocket('udp4');
  attach(socket);
  socket.bind(0, host, () => process.send?.({ port: socket.address().port }));
}

/** No CoAP at all: header and token come back as a piggybacked answer. */
function echo(socket: Socket): void {
  socket.on('message', (bytes, from) => {
    const tokenBytes = (bytes[0] as number) & 15;
    const answer = Buffer.from(bytes.subarray(0, 4 + tokenBytes));
    answer[0] = 0x60 | tokenBytes;
    answer[1] = 0x44;
    socket.send(answer, from.port, host);
  });
}

function ourServer(socket: Socket): void {
  const coap = new Coap({ entropy, startsAnew: isRegister });
  socket.on('message', (bytes, from) => {
    const peer = `${from.address}:${from.port}` as PeerId;
    const now = clock();
    const output = coap.receive(peer, 1, bytes, now);
    sendAll(socket, output, from.port);
    for (const event of output.events)
      if (event.kind === 'request')
        sendAll(socket, coap.respond(peer, event.exchange, { code: '2.04' }, now), from.port);
  });
  setInterval(() => coap.advance(clock()), 100);
}

function npmCoap(): void {
  const socket = createSocket('udp4');
  const server = createServer((_request, response) => {
    response.code = '2.04';
    response.end();
  });
  socket.bind(0, host, () => {
    server.listen(socket);
    process.send?.({ port: socket.address().port });
  });
}

/** Registers, one at a time from each port; what is lost in a full buffer is sent again. */
function load(to: number, count: number): void {
  const template = wire({
    code: '0.02',
    id: 0,
    token: 'a1b2c3d4',
    options: [
      ['Uri-Path', 'rd'],
      ['Content-Format', 40],
      ['Uri-Query', 'ep=meter-17'],
      ['Uri-Query', 'lt=300'],
      ['Uri-Query', 'lwm2m=1.1'],
      ['Uri-Query', 'b=U'],
    ],
    payload: '</1/0>,</3/0>,</3303/0>',
  });
  let begun = 0;
  let ended = 0;
  for (let slot = 0; slot < underWay; slot++) {
    const socket = createSocket('udp4');
    const bytes = template.slice();
    // None twice: a repetition would cost less than a request.
    let messageId = slot;
    let again: NodeJS.Timeout | undefined;
    const next = () => {
      clearInterval(again);
      if (begun++ >= count) return;
      messageId++;
      bytes[2] = messageId >> 8;
      bytes[3] = messageId & 0xff;
      const send = () => socket.send(bytes, to, host);
      again = setInterval(send, 1_000);
      send();
    };
    socket.on('message', (answer) => {
      if (answer[2] !== bytes[2] || answer[3] !== bytes[3]) return;
      ended++;
      if (ended === count) process.send?.({ done: true });
      next();
    });
    socket.bind(0, host, next);
  }
}

/** Our layer asks one peer, as many requests at once as in the load, and tells when all have ended. */
function client(to: number, count: number): void {
  const coap = new Coap({ entropy, parameters: { outstandingRequestsMax: underWay } });
  const socket = createSocket('udp4');
  const peer = 'field/device' as PeerId;
  let made = 0;
  let ended = 0;
  const take = (output: CoapOutput) => {
    sendAll(socket, output, to);
    for (const event of output.events) {
      if (event.kind !== 'response' && event.kind !== 'failed') continue;
      if (++ended === count) process.send?.({ done: true });
      if (made < count) ask();
    }
  };
  const ask = () => {
    made++;
    const result = coap.request(peer, { method: 'GET', path: ['3', '0', '9'], accept: 112 }, {}, clock());
    if ('output' in result) take(result.output);
  };
  socket.on('message', (bytes) => take(coap.receive(peer, 1, bytes, clock())));
  setInterval(() => take(coap.advance(clock())), 100);
  socket.bind(0, host, () => {
    for (let slot = 0; slot < underWay; slot++) ask();
  });
}

function sendAll(socket: Socket, output: CoapOutput, to: number): void {
  // A copy in Node's pool: `send` would give bytes on the heap a memory of their own.
  for (const { bytes } of output.send) socket.send(Buffer.from(bytes), to, host);
}

function clock(): Monotonic {
  return performance.now() as Monotonic;
}

function entropy(into: Uint8Array): void {
  crypto.getRandomValues(into);
}
